package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// modules are loaded in this order, each after what it needs. Those with a .ko
// were built here.
var modules = []string{
	"virtio_mmio", "virtio_net", "configfs", "irq_sim.ko", "gpio-sim.ko",
	"vhci-hcd", "i2c-dev", "i2c-tiny-usb", "ds2490", "w1_therm",
	"jc42", "lm75", "sht3x", "sht4x", "softdog", "8021q", "veth",
}

// parameters are given to modules. A watchdog that runs out says so and leaves the
// guest alone.
var parameters = map[string]string{"softdog.ko": "soft_noboot=1"}

// dependencies is modules.dep(5): the path of a module to the paths of those that
// it needs, the one to be loaded first standing last.
type dependencies map[string][]string

func readDependencies(text string) dependencies {
	d := dependencies{}
	for line := range strings.Lines(text) {
		if file, needs, ok := strings.Cut(line, ":"); ok {
			d[file] = strings.Fields(needs)
		}
	}
	return d
}

// moduleName is the kernel's name of a module file: it takes - and _ for the same.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// find returns the path of a module, "" if the kernel has none of that name.
func (d dependencies) find(name string) string {
	for file := range d {
		if moduleName(file) == moduleName(name) {
			return file
		}
	}
	return ""
}

// order returns the paths of all modules that names need and themselves, in the
// order of loading, each once. A name of builtin needs nothing.
func (d dependencies) order(names []string, builtin string) ([]string, error) {
	var out []string
	add := func(file string) {
		if !slices.Contains(out, file) {
			out = append(out, file)
		}
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".ko") {
			add(name)
			continue
		}
		file := d.find(name)
		if file == "" && !strings.Contains(strings.ReplaceAll(builtin, "-", "_"), "/"+moduleName(name)+".ko") {
			return nil, fmt.Errorf("the kernel has no module %s", name)
		}
		if file == "" {
			continue
		}
		for _, need := range slices.Backward(d[file]) {
			add(need)
		}
		add(file)
	}
	return out, nil
}

// addModules puts the modules and /modules, a line of path and parameters each, into a.
func addModules(a *archive, k kernel) error {
	tree := filepath.Join(k.dir, "debian/lib/modules", k.release)
	deps, err := os.ReadFile(filepath.Join(tree, "modules.dep"))
	if err != nil {
		return fmt.Errorf("read the kernel's modules: %w", err)
	}
	builtin, err := os.ReadFile(filepath.Join(tree, "modules.builtin"))
	if err != nil {
		return fmt.Errorf("read the kernel's modules: %w", err)
	}
	files, err := readDependencies(string(deps)).order(modules, string(builtin))
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, file := range files {
		from := filepath.Join(tree, file)
		if !strings.Contains(file, "/") {
			from = filepath.Join(k.dir, "modules", file)
		}
		name := "lib/" + path.Base(file)
		if err := a.addFile(name, 0o644, from); err != nil {
			return err
		}
		fmt.Fprintf(&list, "/%s %s\n", name, parameters[path.Base(file)])
	}
	a.add("modules", 0o644, []byte(list.String()))
	return nil
}
