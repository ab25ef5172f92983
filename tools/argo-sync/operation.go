package main

import (
	"context"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/syncwaves"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refresh is how long the engine waits for news before it looks again by itself.
const refresh = time.Second

// settle keeps a burst of news from being looked at one by one.
const settle = 200 * time.Millisecond

// sync runs one operation to its end. The engine's context sees the live objects it was made with: as the application controller does,
// a new one that goes on from the last one's state is made for every look.
func (a *application) sync() error {
	limit, cancel := context.WithTimeout(context.Background(), a.settings.timeout)
	defer cancel()
	phase, message, started := common.OperationRunning, "", metav1.Now()
	var results []common.ResourceSyncResult
	for {
		pairs, err := a.reconcile()
		if err != nil {
			return err
		}
		operation, cleanup, err := sync.NewSyncContext("argo-sync", pairs, a.config, a.config, a.kubectl, a.settings.namespace,
			append(a.syncOptions(limit), sync.WithInitialState(phase, message, results, started))...)
		if err != nil {
			return err
		}
		timedOut := limit.Err() != nil
		if timedOut {
			operation.Terminate()
		} else {
			operation.Sync()
		}
		waited := message
		phase, message, results = operation.GetState()
		cleanup()
		a.note(results)
		if timedOut {
			a.report.Result, a.report.Message = "TimedOut", waited
			return nil
		}
		if phase.Completed() {
			a.report.Result, a.report.Message = string(phase), message
			return nil
		}
		a.waitForNews(limit)
	}
}

func (a *application) waitForNews(limit context.Context) {
	timer := time.NewTimer(refresh)
	defer timer.Stop()
	select {
	case <-limit.Done():
	case <-timer.C:
	case <-a.changed:
		time.Sleep(settle)
	}
}

func (a *application) syncOptions(limit context.Context) []sync.SyncOpt {
	propagation := metav1.DeletePropagationForeground
	return []sync.SyncOpt{
		sync.WithLogr(a.log),
		sync.WithHealthOverride(a.checks),
		sync.WithOperationSettings(false, a.settings.prune, false, false),
		sync.WithManifestValidation(!a.has(common.SyncOptionsDisableValidation)),
		sync.WithPruneLast(a.has(common.SyncOptionPruneLast)),
		sync.WithPrunePropagationPolicy(&propagation),
		sync.WithReplace(a.has(common.SyncOptionReplace)),
		sync.WithServerSideApply(a.has(common.SyncOptionServerSideApply)),
		sync.WithServerSideApplyManager(manager),
		sync.WithSkipDryRunOnMissingResource(a.has(common.SyncOptionSkipDryRunOnMissingResource)),
		sync.WithSyncWaveHook(func(phase common.SyncPhase, wave int, final bool) error {
			a.report.Waves = append(a.report.Waves, Wave{Phase: phase, Wave: wave, AtMs: a.clock.ms()})
			if final {
				return nil
			}
			select {
			case <-limit.Done():
			case <-time.After(a.settings.waveDelay):
			}
			return nil
		}),
	}
}

// note takes over what the engine has done so far; an entry keeps the times at which it was first seen and first seen done.
func (a *application) note(results []common.ResourceSyncResult) {
	waves := map[kube.ResourceKey]int{}
	for _, target := range a.targets {
		waves[kube.GetResourceKey(target)] = syncwaves.Wave(target)
	}
	known := map[string]Resource{}
	for _, resource := range a.report.Resources {
		known[string(resource.Phase)+resource.Resource] = resource
	}
	now := a.clock.ms()
	a.report.Resources = a.report.Resources[:0]
	for _, result := range results {
		key := result.ResourceKey
		wave, declared := waves[key]
		if !declared {
			// The engine gives a cluster-wide object that is new the namespace of the Application.
			bare := kube.NewResourceKey(key.Group, key.Kind, "", key.Name)
			if found, ok := waves[bare]; ok {
				key, wave = bare, found
			}
		}
		one := Resource{
			Resource: name(key), Phase: result.SyncPhase, Wave: wave, Status: result.Status,
			Hook: result.HookType, State: result.HookPhase, Message: result.Message, AtMs: now,
		}
		if earlier, ok := known[string(one.Phase)+one.Resource]; ok {
			one.AtMs, one.DoneMs = earlier.AtMs, earlier.DoneMs
		}
		if one.DoneMs == 0 && one.State.Completed() {
			one.DoneMs = now
		}
		a.report.Resources = append(a.report.Resources, one)
	}
}
