package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
)

// Report is what argo-sync prints. Times are ms since the start.
type Report struct {
	App     string `json:"app"`
	Context string `json:"context"`
	// Result is Succeeded, Failed, Error, TimedOut, InSync or OutOfSync.
	Result  string `json:"result"`
	Message string `json:"message"`
	Ms      int64  `json:"ms"`
	// Before is what was out of sync at the start, After what still is.
	Before    Comparison `json:"before"`
	After     Comparison `json:"after"`
	Waves     []Wave     `json:"waves"`
	Resources []Resource `json:"resources"`
	// Health is the worst of all, as Argo CD shows it for an Application.
	Health    health.HealthStatusCode `json:"health,omitempty"`
	Unhealthy []judged                `json:"unhealthy"`
}

// Comparison of what is declared with what is live.
type Comparison struct {
	OutOfSync []Difference `json:"outOfSync"`
	// Prune holds what the Application made and the folders no longer hold.
	Prune []string `json:"prune"`
}

// Difference of one object; Fields is empty when it does not exist yet.
type Difference struct {
	Resource string   `json:"resource"`
	Missing  bool     `json:"missing,omitempty"`
	Fields   []string `json:"fields,omitempty"`
}

// Wave as it was begun.
type Wave struct {
	Phase common.SyncPhase `json:"phase"`
	Wave  int              `json:"wave"`
	AtMs  int64            `json:"atMs"`
}

// Resource in the order in which the engine applied it.
type Resource struct {
	Resource string                `json:"resource"`
	Phase    common.SyncPhase      `json:"phase"`
	Wave     int                   `json:"wave"`
	Status   common.ResultCode     `json:"status"`
	Hook     common.HookType       `json:"hook,omitempty"`
	State    common.OperationPhase `json:"state,omitempty"`
	Message  string                `json:"message"`
	AtMs     int64                 `json:"atMs"`
	// DoneMs is when it was healthy or had failed; absent when nothing waited for it.
	DoneMs int64 `json:"doneMs,omitempty"`
}

// clock gives ms since the start.
type clock time.Time

func (c clock) ms() int64 { return time.Since(time.Time(c)).Milliseconds() }

const fieldsShown = 8

// differingFields names the fields in which two objects differ, at most fieldsShown.
func differingFields(live, predicted []byte) []string {
	var a, b any
	if json.Unmarshal(live, &a) != nil || json.Unmarshal(predicted, &b) != nil {
		return nil
	}
	fields := []string{}
	walk("", a, b, &fields)
	sort.Strings(fields)
	if len(fields) > fieldsShown {
		fields = append(fields[:fieldsShown], fmt.Sprintf("and %d more", len(fields)-fieldsShown))
	}
	return fields
}

func walk(path string, a, b any, fields *[]string) {
	left, isLeft := a.(map[string]any)
	right, isRight := b.(map[string]any)
	if isLeft && isRight {
		for key := range left {
			walk(path+"."+key, left[key], right[key], fields)
		}
		for key := range right {
			if _, ok := left[key]; !ok {
				walk(path+"."+key, nil, right[key], fields)
			}
		}
		return
	}
	if list, ok := a.([]any); ok {
		if other, ok := b.([]any); ok && len(list) == len(other) {
			for i := range list {
				walk(fmt.Sprintf("%s[%d]", path, i), list[i], other[i], fields)
			}
			return
		}
	}
	if !reflect.DeepEqual(a, b) {
		*fields = append(*fields, path)
	}
}
