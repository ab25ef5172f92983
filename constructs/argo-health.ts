/**
 * Health checks for Argo CD, to be merged into ConfigMap `argocd-cm`. Argo CD runs them as Lua 5.1 with the live object in `obj`,
 * without the math and string libraries, and of os with time and date only.
 * A wave and the PostSync hooks wait for Healthy, and only Degraded ends the waiting, as a failed sync: so whatever can last for hours
 * without being one (a broken machine, an OnDelete roll-out) has to be Healthy with a message that says what is left.
 */

/** s; so long Barn and the pools may need for what a sync began, before a cache cluster that is not served fails it */
const PATIENCE = 300;
/** s; younger sets are being rolled out, older ones have been ready */
const ROLLED_OUT = 600;

/** True when a time of Kubernetes (RFC 3339 in UTC) is longer ago; such texts sort as the times do. */
const LONG_AGO = `
local function longAgo(time, seconds, unknown)
  if time == nil or os == nil or os.date == nil or os.time == nil then return unknown end
  return time < os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - seconds)
end
`.trimStart();

const CACHE_CLUSTER_HEALTH = `
${LONG_AGO}local status = obj.status or {}
if status.observedGeneration == nil or status.observedGeneration < (obj.metadata.generation or 0) then
  -- The seed Job that would serve it runs after everything is Healthy: Progressing here would wait for itself.
  return {status = "Healthy", message = "declared; not seen by Barn yet"}
end
local found = {}
for _, condition in ipairs(status.conditions or {}) do found[condition.type] = condition end
local ready, degraded = found.Ready or {}, found.Degraded or {}
local worse = degraded.status == "True"
if ready.status == "True" or ready.reason == "Deleted" then
  -- All partitions serve. What is missing behind them may be missing for days, and must not fail every sync of the farm.
  local rest = worse and degraded.reason ~= ready.reason and (degraded.message or "") or ""
  return {status = "Healthy", message = (ready.message or "") .. (rest ~= "" and "; " .. rest or "")}
end
if worse and (found.Progressing or {}).status ~= "True" and longAgo(degraded.lastTransitionTime, ${PATIENCE}, true) then
  return {status = "Degraded", message = degraded.message or ""}
end
return {status = "Progressing", message = ready.message or "not ready"}
`.trimStart();

/** One pod in so many may be missing, and always one, without holding a sync back; in 180 machines one or two are always down. */
const TOLERATED_ONE_IN = 10;

const STATEFUL_SET_HEALTH = `
${LONG_AGO}local spec, status, meta = obj.spec or {}, obj.status or {}, obj.metadata or {}
local wanted = spec.replicas or 1
local ready, updated = status.readyReplicas or 0, status.updatedReplicas or 0
local kind = (spec.updateStrategy or {}).type or "RollingUpdate"
local ours = (meta.labels or {})["cachefarm.dev/role"] ~= nil
if (status.observedGeneration or 0) < (meta.generation or 0) then
  return {status = "Progressing", message = "waiting for the StatefulSet controller to see the change"}
end
local missing = wanted - ready
-- The only sentinel that a datacenter has of a group: waited for at first, not for as long as its machine is broken.
local few = wanted > 1 or longAgo(meta.creationTimestamp, ${ROLLED_OUT}, false)
local tolerable = ours and few and (missing <= 1 or missing * ${TOLERATED_ONE_IN} <= wanted)
if missing > 0 and not tolerable then
  return {status = "Progressing", message = ready .. " of " .. wanted .. " pods are ready"}
end
local notes = {}
if missing > 0 then notes[#notes + 1] = missing .. " of " .. wanted .. " pods are missing" end
if kind == "OnDelete" then
  if status.updateRevision ~= nil and updated < wanted then
    notes[#notes + 1] = (wanted - updated) .. " of " .. wanted .. " pods run an old template until they are deleted"
  end
elseif status.updateRevision ~= status.currentRevision then
  local from = ((spec.updateStrategy or {}).rollingUpdate or {}).partition or 0
  if updated < wanted - from then
    return {status = "Progressing", message = updated .. " of " .. (wanted - from) .. " pods are updated"}
  end
end
return {status = "Healthy", message = table.concat(notes, "; ")}
`.trimStart();

/**
 * Entries for `data` of argocd-cm. The one for StatefulSets replaces Argo CD's own for every StatefulSet of that Argo CD: sets
 * without our role label are judged as before, none of their pods may be missing.
 */
export const argoHealthChecks = (): Readonly<Record<string, string>> => ({
  'resource.customizations.health.cachefarm.dev_CacheCluster': CACHE_CLUSTER_HEALTH,
  'resource.customizations.health.apps_StatefulSet': STATEFUL_SET_HEALTH,
});
