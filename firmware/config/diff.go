package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// live lists what a running agent takes over; everything else needs a restart.
var live = []string{"limits", "ports", "path", "patch_map", "doors"}

// Change is what differs between two configurations, by key.
type Change struct {
	// Live is taken over by the running agent; Restart only by a new start.
	Live, Restart []string
}

// None reports whether nothing differs.
func (c Change) None() bool { return len(c.Live) == 0 && len(c.Restart) == 0 }

// Diff compares two configurations key by key; the elements of a list count as
// one value where their number differs.
func Diff(before, after Config) Change {
	var keys []string
	compare(reflect.ValueOf(before), reflect.ValueOf(after), "", &keys)
	if !slices.Contains(keys, "patch_map") && !reflect.DeepEqual(before.Patch, after.Patch) {
		keys = append(keys, "patch_map") // the same files say something else
	}
	var c Change
	for _, k := range keys {
		top, _, _ := strings.Cut(k, ".")
		top, _, _ = strings.Cut(top, "[")
		if slices.Contains(live, top) {
			c.Live = append(c.Live, k)
		} else {
			c.Restart = append(c.Restart, k)
		}
	}
	return c
}

// Merge returns before with what a running agent takes over from after.
func Merge(before, after Config) Config {
	before.Limits, before.Ports, before.Path = after.Limits, after.Ports, after.Path
	before.Doors = after.Doors
	before.PatchMap, before.Patch = after.PatchMap, after.Patch
	return before
}

func compare(a, b reflect.Value, key string, keys *[]string) {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return
	}
	switch {
	case a.Kind() == reflect.Struct && compareFields(a, b, key, keys):
	case a.Kind() == reflect.Slice && a.Len() == b.Len():
		for i := range a.Len() {
			compare(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", key, i), keys)
		}
	default:
		*keys = append(*keys, key)
	}
}

// compareFields compares the configurable fields; false if there are none.
func compareFields(a, b reflect.Value, key string, keys *[]string) bool {
	found := false
	for i := range a.NumField() {
		tag := a.Type().Field(i).Tag.Get("yaml")
		switch tag {
		case "", "-":
		case ",inline":
			found = compareFields(a.Field(i), b.Field(i), key, keys) || found
		default:
			found = true
			full := tag
			if key != "" {
				full = key + "." + tag
			}
			compare(a.Field(i), b.Field(i), full, keys)
		}
	}
	return found
}
