package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const customization = "resource.customizations.health."

// luaHealth holds health checks as Argo CD's ConfigMap has them, by `<group>/<kind>`. It is the engine's HealthOverride: what it has no
// script for is judged by the engine itself.
type luaHealth map[string]string

// readCustomizations reads the health checks of ConfigMaps; what else they hold is not our business.
func readCustomizations(paths []string) (luaHealth, error) {
	checks := luaHealth{}
	for _, path := range paths {
		objects, err := readFile(path)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			data, _, err := unstructured.NestedStringMap(object.Object, "data")
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			for key, script := range data {
				if name, ok := strings.CutPrefix(key, customization); ok {
					group, kind, _ := strings.Cut(name, "_")
					checks[group+"/"+kind] = script
				}
			}
		}
	}
	return checks, nil
}

func (c luaHealth) GetResourceHealth(object *unstructured.Unstructured) (*health.HealthStatus, error) {
	kind := object.GroupVersionKind()
	script, ok := c[kind.Group+"/"+kind.Kind]
	if !ok {
		return nil, nil
	}
	return runLua(script, object)
}

// safeOs is the part of the os library that Argo CD allows.
func safeOs(state *lua.LState) int {
	lua.OpenOs(state)
	whole := state.GetGlobal(lua.OsLibName)
	part := state.NewTable()
	for _, name := range []string{"time", "date"} {
		state.SetField(part, name, state.GetField(whole, name))
	}
	state.SetGlobal(lua.OsLibName, part)
	return 0
}

// runLua runs a check as Argo CD does: Lua 5.1 with base, package and table libraries and two functions of os, one second, the object in
// `obj`, the answer a table with status and message.
func runLua(script string, object *unstructured.Unstructured) (*health.HealthStatus, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}, {lua.OsLibName, safeOs},
	} {
		call := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	state.SetGlobal("obj", toLua(state, object.Object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	answer, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return nil, errors.New("the health check returned no table")
	}
	return &health.HealthStatus{
		Status:  health.HealthStatusCode(lua.LVAsString(answer.RawGetString("status"))),
		Message: lua.LVAsString(answer.RawGetString("message")),
	}, nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case bool:
		return lua.LBool(typed)
	case string:
		return lua.LString(typed)
	case int64:
		return lua.LNumber(typed)
	case float64:
		return lua.LNumber(typed)
	case json.Number:
		number, _ := typed.Float64()
		return lua.LNumber(number)
	case []any:
		table := state.CreateTable(len(typed), 0)
		for _, item := range typed {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(typed))
		for key, item := range typed {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

type judged struct {
	File    string                  `json:"file,omitempty"`
	Kind    string                  `json:"kind"`
	Name    string                  `json:"name"`
	Status  health.HealthStatusCode `json:"status"`
	Message string                  `json:"message"`
}

// evaluateHealth judges objects of files as Argo CD would judge them live.
func evaluateHealth(customizations, files []string) ([]judged, error) {
	checks, err := readCustomizations(customizations)
	if err != nil {
		return nil, err
	}
	all := []judged{}
	for _, file := range files {
		objects, err := readFile(file)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			one := judged{File: file, Kind: object.GetKind(), Name: object.GetName(), Status: health.HealthStatusHealthy}
			found, err := health.GetResourceHealth(object, checks)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			if found != nil {
				one.Status, one.Message = found.Status, found.Message
			}
			all = append(all, one)
		}
	}
	return all, nil
}
