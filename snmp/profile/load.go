package profile

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"rackvakt/sensors/strictyaml"
)

//go:embed data/*.yaml
var embedded embed.FS

// Builtin returns the profiles of the program.
func Builtin() ([]*Profile, error) {
	return Load(embedded, "data")
}

// Load reads the *.yaml files of a folder, in the order of their names.
func Load(fsys fs.FS, dir string) ([]*Profile, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("load profiles of %s: %w", dir, err)
	}
	var all []*Profile
	for _, file := range files {
		src, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("load profile: %w", err)
		}
		p, err := Parse(file, src)
		if err != nil {
			return nil, fmt.Errorf("load profile: %w", err)
		}
		if i := named(all, p.Name); i >= 0 {
			return nil, fmt.Errorf("load profile %s: its name %s is taken", file, p.Name)
		}
		all = append(all, p)
	}
	return all, nil
}

// Parse reads one profile; file is only named in messages.
func Parse(file string, src []byte) (*Profile, error) {
	p := &Profile{}
	return p, strictyaml.Decode(file, src, p).Err()
}

// Merge returns base with the profiles of more, which replace those of their name.
func Merge(base, more []*Profile) []*Profile {
	all := slices.Clone(base)
	for _, p := range more {
		if i := named(all, p.Name); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	return all
}

func named(all []*Profile, name string) int {
	return slices.IndexFunc(all, func(p *Profile) bool { return p.Name == name })
}
