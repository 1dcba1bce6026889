package poll

import (
	"testing"
	"time"

	"rackvakt/snmp/snmptest"
)

func optionsV2(addr string) Options {
	o := DefaultOptions()
	o.Name, o.Address, o.Version, o.Access.Community = "sw1", addr, "2c", "public"
	return o
}

func optionsV3(addr string) Options {
	o := DefaultOptions()
	o.Name, o.Address, o.User = "sw1", addr, snmptest.UserName
	o.Access.AuthPassphrase, o.Access.PrivPassphrase = snmptest.AuthPassphrase, snmptest.PrivPassphrase
	return o
}

func TestOnceReadsSwitchAndUPS(t *testing.T) {
	a := snmptest.New()
	m := snmptest.NewSwitch(a, snmptest.SwitchOptions{Name: "sw1"})
	snmptest.NewUPS(a, "both")
	m.SetUp(7, false)
	addr := snmptest.Start(t, a)
	for _, o := range []Options{optionsV2(addr), optionsV3(addr)} {
		t.Run(o.Version, func(t *testing.T) {
			start := time.Now()
			r, err := Once(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%v, %+v", time.Since(start), a.Stats())
			if len(r.Interfaces) != 48 || len(r.Problems) != 0 || *r.Device.SysName != "both" {
				t.Errorf("%d interfaces, problems %q, name %v", len(r.Interfaces), r.Problems, *r.Device.SysName)
			}
			p := r.Interfaces[6]
			if *p.Name != "1/7" || *p.Oper != "down" || *p.Admin != "up" || p.Speed.Value != 1e9 || *p.MAC != "02005e000007" {
				t.Errorf("port 7: %+v", p)
			}
			if r.UPS == nil || *r.UPS.OutputSource != "normal" || r.UPS.RuntimeSeconds.Value != 42*60 {
				t.Errorf("ups: %+v", r.UPS)
			}
		})
	}
}
