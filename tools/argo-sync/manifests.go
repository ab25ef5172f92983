package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// trackingAnnotation is how Argo CD 3 knows what an Application made (application.resourceTrackingMethod: annotation).
const trackingAnnotation = "argocd.argoproj.io/tracking-id"

// excluded as the ApplicationSet of this project excludes it (source.directory.exclude).
const excluded = "construct-metadata.json"

func isManifest(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return name != excluded
	}
	return false
}

func readFile(path string) ([]*unstructured.Unstructured, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	objects, err := kube.SplitYAML(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return objects, nil
}

// readManifests reads folders as directory sources without recursion do.
func readManifests(folders []string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
		for _, entry := range entries {
			if entry.IsDir() || !isManifest(entry.Name()) {
				continue
			}
			objects, err := readFile(filepath.Join(folder, entry.Name()))
			if err != nil {
				return nil, err
			}
			all = append(all, objects...)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no manifests in %s", strings.Join(folders, ", "))
	}
	return all, nil
}

// track writes Argo CD's tracking id into every object: <app>:<group>/<kind>:<namespace>/<name>.
func track(app, namespace string, objects []*unstructured.Unstructured, isNamespaced func(*unstructured.Unstructured) bool) {
	for _, object := range objects {
		home := object.GetNamespace()
		if isNamespaced(object) {
			if home == "" {
				home = namespace
				object.SetNamespace(home)
			}
		} else if home == "" {
			home = namespace
		}
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		kind := object.GroupVersionKind().GroupKind()
		annotations[trackingAnnotation] = fmt.Sprintf("%s:%s/%s:%s/%s", app, kind.Group, kind.Kind, home, object.GetName())
		object.SetAnnotations(annotations)
	}
}

// madeBy tells whether an Application made the object; a copied annotation, as controllers pass them on to children, does not count.
func madeBy(app string, object *unstructured.Unstructured) bool {
	id := object.GetAnnotations()[trackingAnnotation]
	kind := object.GroupVersionKind().GroupKind()
	return strings.HasPrefix(id, fmt.Sprintf("%s:%s/%s:", app, kind.Group, kind.Kind)) && strings.HasSuffix(id, "/"+object.GetName())
}
