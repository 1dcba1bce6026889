package profile

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/pdu"
)

// Library is a set of profiles of which only the heads are read at first: a closet
// has devices of a few makers, and reading all files takes seconds and megabytes
// on a small board. It may be used from any goroutine; nil holds nothing.
type Library struct {
	mu    sync.Mutex
	books []book // whole is guarded by mu
}

// book is one profile: its head, and all of it once it was wanted.
type book struct {
	file  string
	head  Profile
	whole *Profile
}

// Embedded returns the profiles of the program.
func Embedded() (*Library, error) {
	files, err := fs.Glob(embedded, path.Join("data", "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list embedded profiles: %w", err)
	}
	l := &Library{}
	for _, file := range files {
		src, err := fs.ReadFile(embedded, file)
		if err != nil {
			return nil, fmt.Errorf("load profile: %w", err)
		}
		b := book{file: file}
		if b.head, err = readHead(file, src); err != nil {
			return nil, fmt.Errorf("load profile: %w", err)
		}
		l.books = append(l.books, b)
	}
	return l, nil
}

// Add adds profiles, which replace those of their name.
func (l *Library) Add(more []*Profile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range more {
		b := book{head: *p, whole: p}
		if i := slices.IndexFunc(l.books, func(x book) bool { return x.head.Name == p.Name }); i >= 0 {
			l.books[i] = b
		} else {
			l.books = append(l.books, b)
		}
	}
}

// Candidates returns the profiles that a device with this sysObjectID may fit.
func (l *Library) Candidates(objectID pdu.OID) ([]*Profile, error) {
	if l == nil {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*Profile
	for i := range l.books {
		b := &l.books[i]
		if !b.head.mayBe(objectID) {
			continue
		}
		if b.whole == nil {
			src, err := fs.ReadFile(embedded, b.file)
			if err == nil {
				b.whole, err = Parse(b.file, src)
			}
			if err != nil {
				return nil, fmt.Errorf("load profile: %w", err)
			}
		}
		all = append(all, b.whole)
	}
	return all, nil
}

// bodies are the keys that end the head of a file.
var bodies = [][]byte{[]byte("\nstates:"), []byte("\nscalars:"), []byte("\ntables:"), []byte("\nups:")}

// readHead reads what stands before the bodies. A test compares it with the whole.
func readHead(file string, src []byte) (Profile, error) {
	end := len(src)
	for _, key := range bodies {
		if i := bytes.Index(src, key); i >= 0 {
			end = min(end, i+1)
		}
	}
	var h struct {
		Name     string   `yaml:"name"`
		MIB      []string `yaml:"mib"`
		Standard bool     `yaml:"standard"`
		Match    Match    `yaml:"match"`
		Device   Device   `yaml:"device"`
		Root     Ref      `yaml:"root"`
	}
	if err := strictyaml.Decode(file, src[:end], &h).Err(); err != nil {
		return Profile{}, err
	}
	for i := range h.Match.ObjectID {
		if !h.Match.ObjectID[i].resolve(h.Root.oid, "") {
			return Profile{}, fmt.Errorf("%s: match.object_id: no root for %s", file, h.Match.ObjectID[i].text)
		}
	}
	return Profile{Name: h.Name, Match: h.Match}, nil
}
