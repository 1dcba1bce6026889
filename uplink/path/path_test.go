package path_test

import (
	"path/filepath"
	"testing"
	"time"

	"os"

	"github.com/google/go-cmp/cmp"

	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/path"
)

func decode(src string) (path.Options, strictyaml.Problems) {
	o := path.DefaultOptions()
	return o, strictyaml.Decode("f.yaml", []byte(src), &o)
}

func TestOptionsAccepted(t *testing.T) {
	o := path.DefaultOptions()
	problems := strictyaml.Decode("f.yaml", []byte(`
targets:
  - {name: gateway, layer: gateway, address: 10.20.0.1, stand_in: "10.20.0.1:22", interface: eth0}
  - {name: edge, layer: region, address: "10.1.0.1:443", every: 500ms}
  - {name: journal, layer: service, address: "cosmic.example:443"}
  - {name: v6, layer: sjunet, address: "2001:db8::1"}
path_every: 2s
`), &o)
	if problems != nil {
		t.Fatal(problems)
	}
	how := map[string]path.Method{}
	for _, x := range o.Targets {
		how[x.Name] = x.How()
	}
	want := map[string]path.Method{"gateway": path.ICMP, "edge": path.TCP, "journal": path.TCP, "v6": path.ICMP}
	if d := cmp.Diff(want, how); d != "" {
		t.Error(d)
	}
	if o.PathEvery != 2*time.Second || o.Targets[1].Every != 500*time.Millisecond {
		t.Errorf("times: %+v", o)
	}
}

// One bad file with every mistake that these options can hold; the whole message is compared.
func TestOptionsRefused(t *testing.T) {
	_, problems := decode(`
targets:
  - {layer: gateway, address: 10.20.0.1}
  - {name: edge, layer: middle, address: 10.1.0.1}
  - {name: edge, layer: region, address: edge.example}
  - {name: s1, layer: sjunet, address: 10.9.0.1, method: tcp}
  - {name: s2, layer: sjunet, address: 10.9.0.1, method: udp}
  - {name: s3, layer: sjunet, address: "10.9.0.1:0"}
  - {name: s4, layer: sjunet, address: 10.9.0.1, stand_in: 10.9.0.1, every: 1ms}
  - {name: s5, layer: service}
path_every: 1ms
timeout_min: 3s
burst: 0
`)
	golden := filepath.Join("testdata", "refused.txt")
	got := problems.Error() + "\n"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}
