// Command argo-sync syncs folders of manifests into one Kubernetes cluster with Argo CD's own engine: waves, hooks, pruning and health
// as the application controller of Argo CD does them, without Git, Redis or a server. Tests and trials use it; see README.md beside it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

const usage = `usage:
  argo-sync sync    --kubeconfig FILE [--context NAME] --app NAME --path FOLDER [--path FOLDER ...] [options]
  argo-sync compare (the same; nothing is written)
  argo-sync health  [--customizations FILE] MANIFEST [MANIFEST ...]

One JSON object on stdout. Exit status: 0 synced, in sync or evaluated; 1 failed, timed out or (compare) out of sync; 2 wrong usage.
`

// texts is a flag that may be given several times.
type texts []string

func (t *texts) String() string { return strings.Join(*t, ",") }

func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

type settings struct {
	kubeconfig     string
	context        string
	namespace      string
	app            string
	paths          texts
	options        texts
	customizations texts
	prune          bool
	auto           bool
	serverSideDiff bool
	verbose        bool
	timeout        time.Duration
	waveDelay      time.Duration
}

func (s *settings) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.StringVar(&s.kubeconfig, "kubeconfig", os.Getenv("KUBECONFIG"), "path of a kubeconfig")
	set.StringVar(&s.context, "context", "", "context of the kubeconfig (default: its current one)")
	set.StringVar(&s.namespace, "namespace", "default", "namespace of the Application's destination")
	set.StringVar(&s.app, "app", "", "name of the Application: what it made carries it, and only that is pruned")
	set.Var(&s.paths, "path", "folder of manifests, as a directory source has it; several are one Application")
	set.Var(&s.options, "sync-option", "as in syncPolicy.syncOptions, for example PruneLast=true; several")
	set.Var(&s.customizations, "customizations", "manifest of an argocd-cm with resource.customizations.health.*; several")
	set.BoolVar(&s.prune, "prune", false, "delete what the Application made and the folders no longer hold")
	set.BoolVar(&s.auto, "auto", false, "as syncPolicy.automated: nothing is done when nothing is out of sync")
	set.BoolVar(&s.serverSideDiff, "server-side-diff", false, "compare by dry runs of server-side apply (compare-options ServerSideDiff=true)")
	set.BoolVar(&s.verbose, "verbose", false, "the engine's log on stderr")
	set.DurationVar(&s.timeout, "timeout", 10*time.Minute, "give up after so long")
	// Argo CD waits so long between waves (ARGOCD_SYNC_WAVE_DELAY): controllers shall see a change before its health is judged.
	set.DurationVar(&s.waveDelay, "wave-delay", 2*time.Second, "pause after each wave but the last")
	return set
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	var s settings
	set := s.flags(args[0])
	if err := set.Parse(args[1:]); err != nil {
		return 2
	}
	var report any
	var status int
	var err error
	switch args[0] {
	case "sync", "compare":
		if s.kubeconfig == "" || s.app == "" || len(s.paths) == 0 || set.NArg() > 0 {
			fmt.Fprint(os.Stderr, usage)
			return 2
		}
		report, status, err = runApplication(s, args[0] == "sync")
	case "health":
		report, err = evaluateHealth(s.customizations, set.Args())
	default:
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "argo-sync: %v\n", err)
		return 1
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		fmt.Fprintf(os.Stderr, "argo-sync: %v\n", err)
		return 1
	}
	return status
}
