/** Where our images find what a pod gives them; the start scripts and the embedded farm learn these through the environment (words.ts ENV). */
export const PATH = {
  scripts: '/etc/cachefarm/scripts',
  secrets: '/etc/cachefarm/secrets',
  farm: '/etc/cachefarm/farm',
  kube: '/etc/cachefarm/kube',
  run: '/run/cachefarm',
  data: '/data',
} as const;
