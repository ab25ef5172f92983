//go:build tools

// Package tools keeps the programs of the control plane in go.mod; `node tools/kubernetes-binaries.mjs` builds them.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
)
