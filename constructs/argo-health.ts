/**
 * Health checks for Argo CD, to be merged into ConfigMap `argocd-cm`. Argo CD runs them as Lua 5.1 with the live object in `obj`
 * and without the math and string libraries.
 * A wave and the PostSync hooks wait for Healthy, and only Degraded ends the waiting: so whatever can last for hours without being
 * a failed sync (a broken machine, an OnDelete roll-out) has to be Healthy with a message that says what is left.
 */

const CACHE_CLUSTER_HEALTH = `
local status = obj.status or {}
if status.observedGeneration == nil or status.observedGeneration < (obj.metadata.generation or 0) then
  -- The seed Job that would serve it runs after everything is Healthy: Progressing here would wait for itself.
  return {status = "Healthy", message = "declared; not seen by Barn yet"}
end
local ready, degraded
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then ready = condition end
  if condition.type == "Degraded" then degraded = condition end
end
if degraded ~= nil and degraded.status == "True" then
  return {status = "Degraded", message = degraded.message or ""}
end
if ready ~= nil and ready.status == "True" then
  return {status = "Healthy", message = ready.message or ""}
end
return {status = "Progressing", message = ready ~= nil and ready.message or "not ready"}
`.trimStart();

/** One pod in so many may be missing, and always one, without holding a sync back; in 180 machines one or two are always down. */
const TOLERATED_ONE_IN = 10;

const STATEFUL_SET_HEALTH = `
local spec, status, meta = obj.spec or {}, obj.status or {}, obj.metadata or {}
local wanted = spec.replicas or 1
local ready, updated = status.readyReplicas or 0, status.updatedReplicas or 0
local kind = (spec.updateStrategy or {}).type or "RollingUpdate"
local ours = (meta.labels or {})["cachefarm.dev/role"] ~= nil
if (status.observedGeneration or 0) < (meta.generation or 0) then
  return {status = "Progressing", message = "waiting for the StatefulSet controller to see the change"}
end
local missing = wanted - ready
local tolerable = ours and wanted > 1 and (missing <= 1 or missing * ${TOLERATED_ONE_IN} <= wanted)
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
