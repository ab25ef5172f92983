package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/hook"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/textlogger"
)

// manager is Argo CD's field manager for server-side apply.
const manager = "argocd-controller"

// application is one Argo CD Application and the cluster it goes to.
type application struct {
	settings settings
	config   *rest.Config
	log      logr.Logger
	kubectl  *kube.KubectlCmd
	cache    cache.ClusterCache
	checks   luaHealth
	targets  []*unstructured.Unstructured
	changed  chan struct{}
	clock    clock
	report   Report
}

func (a *application) has(option string) bool { return slices.Contains(a.settings.options, option) }

// runApplication compares and, when asked, syncs. The status is the exit status.
func runApplication(s settings, write bool) (*Report, int, error) {
	a := &application{settings: s, clock: clock(time.Now()), changed: make(chan struct{}, 1)}
	a.report = Report{App: s.app, Context: s.context, Waves: []Wave{}, Resources: []Resource{}, Unhealthy: []judged{}}
	if err := a.connect(); err != nil {
		return nil, 1, err
	}
	defer a.cache.Invalidate()
	before, err := a.compare()
	if err != nil {
		return nil, 1, err
	}
	a.report.Before, a.report.After = before, before
	status := 0
	switch {
	case !write && (len(before.OutOfSync) > 0 || len(before.Prune) > 0):
		a.report.Result, status = "OutOfSync", 1
	case !write || s.auto && len(before.OutOfSync) == 0 && (len(before.Prune) == 0 || !s.prune):
		// Argo CD's automated sync starts nothing either when only pruning is left and it may not prune.
		a.report.Result = "InSync"
	default:
		if err := a.sync(); err != nil {
			return nil, 1, err
		}
		if a.report.Result != string(common.OperationSucceeded) {
			status = 1
		}
		if a.report.After, err = a.compare(); err != nil {
			return nil, 1, err
		}
	}
	if err := a.judge(); err != nil {
		return nil, 1, err
	}
	a.report.Ms = a.clock.ms()
	return &a.report, status, nil
}

// connect reads the manifests and fills the engine's cache with the state of the cluster.
func (a *application) connect() error {
	var err error
	if a.targets, err = readManifests(a.settings.paths); err != nil {
		return err
	}
	if a.checks, err = readCustomizations(a.settings.customizations); err != nil {
		return err
	}
	a.config, err = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: a.settings.kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: a.settings.context},
	).ClientConfig()
	if err != nil {
		return err
	}
	a.config.QPS, a.config.Burst = 50, 100 // as the application controller has it
	a.log = logr.Discard()
	if a.settings.verbose {
		a.log = textlogger.NewLogger(textlogger.NewConfig())
	} else {
		klog.SetLogger(a.log)
	}
	a.kubectl = &kube.KubectlCmd{Log: a.log, Tracer: tracing.NopTracer{}}
	a.cache = cache.NewClusterCache(a.config,
		cache.SetLogr(a.log),
		cache.SetKubectl(a.kubectl),
		cache.SetSettings(cache.Settings{ResourceHealthOverride: a.checks, ResourcesFilter: cache.NewNoopSettings()}),
		cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (any, bool) {
			mine := madeBy(a.settings.app, object)
			return mine, mine
		}),
	)
	if err := a.cache.EnsureSynced(); err != nil {
		return err
	}
	a.cache.OnResourceUpdated(func(_, _ *cache.Resource, _ map[kube.ResourceKey]*cache.Resource) {
		select {
		case a.changed <- struct{}{}:
		default:
		}
	})
	track(a.settings.app, a.settings.namespace, a.targets, func(object *unstructured.Unstructured) bool {
		return kube.IsNamespacedOrUnknown(a.cache, object.GroupVersionKind().GroupKind())
	})
	return nil
}

// reconcile pairs what is declared with what is live now.
func (a *application) reconcile() (sync.ReconciliationResult, error) {
	targets := make([]*unstructured.Unstructured, len(a.targets))
	for i, target := range a.targets {
		targets[i] = target.DeepCopy()
	}
	live, err := a.cache.GetManagedLiveObjs(targets, func(resource *cache.Resource) bool {
		mine, _ := resource.Info.(bool)
		return mine
	})
	if err != nil {
		return sync.ReconciliationResult{}, err
	}
	return sync.Reconcile(targets, live, a.settings.namespace, a.cache), nil
}

func (a *application) diffOptions() ([]diff.Option, func(), error) {
	options := []diff.Option{diff.WithLogr(a.log), diff.WithGVKParser(a.cache.GetGVKParser()), diff.WithManager(manager)}
	if !a.settings.serverSideDiff {
		return append(options, diff.WithStructuredMergeDiff(a.has(common.SyncOptionServerSideApply))), func() {}, nil
	}
	applier, cleanup, err := a.kubectl.ManageServerSideDiffDryRuns(a.config)
	if err != nil {
		return nil, nil, err
	}
	return append(options, diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))), cleanup, nil
}

// compare is what Argo CD shows as Synced or OutOfSync. Hooks are no part of it.
func (a *application) compare() (Comparison, error) {
	found := Comparison{OutOfSync: []Difference{}, Prune: []string{}}
	pairs, err := a.reconcile()
	if err != nil {
		return found, err
	}
	options, cleanup, err := a.diffOptions()
	if err != nil {
		return found, err
	}
	defer cleanup()
	for i, target := range pairs.Target {
		live := pairs.Live[i]
		switch {
		case target == nil && hook.IsHook(live):
		case target == nil:
			found.Prune = append(found.Prune, name(kube.GetResourceKey(live)))
		case live == nil:
			found.OutOfSync = append(found.OutOfSync, Difference{Resource: name(kube.GetResourceKey(target)), Missing: true})
		default:
			one, err := diff.Diff(target, live.DeepCopy(), options...)
			if err != nil {
				return found, fmt.Errorf("%s: %w", name(kube.GetResourceKey(target)), err)
			}
			if one.Modified {
				fields := differingFields(one.NormalizedLive, one.PredictedLive)
				found.OutOfSync = append(found.OutOfSync, Difference{Resource: name(kube.GetResourceKey(target)), Fields: fields})
			}
		}
	}
	sort.Slice(found.OutOfSync, func(i, j int) bool { return found.OutOfSync[i].Resource < found.OutOfSync[j].Resource })
	sort.Strings(found.Prune)
	return found, nil
}

// name of a resource as `group/Kind/namespace/name`; the core group is left out, and so is no namespace.
func name(key kube.ResourceKey) string {
	parts := []string{}
	for _, part := range []string{key.Group, key.Kind, key.Namespace, key.Name} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// judge takes the health of everything declared, hooks excepted, as Argo CD sums it up for an Application.
func (a *application) judge() error {
	pairs, err := a.reconcile()
	if err != nil {
		return err
	}
	a.report.Health = health.HealthStatusHealthy
	for i, target := range pairs.Target {
		if target == nil {
			continue
		}
		one := &health.HealthStatus{Status: health.HealthStatusMissing}
		if live := pairs.Live[i]; live != nil {
			if one, err = health.GetResourceHealth(live, a.checks); err != nil {
				return err
			}
		}
		if one == nil {
			continue
		}
		if one.Status != health.HealthStatusHealthy || one.Message != "" {
			a.report.Unhealthy = append(a.report.Unhealthy, judged{Kind: target.GetKind(), Name: target.GetName(), Status: one.Status, Message: one.Message})
		}
		if health.IsWorse(a.report.Health, one.Status) {
			a.report.Health = one.Status
		}
	}
	return nil
}
