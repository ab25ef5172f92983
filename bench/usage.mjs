/** What this process has used so far, from its start: CPU seconds (user + system) and peak memory in MB. Read by synth.mjs. */
export function reportUsage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write(JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024 }));
}
