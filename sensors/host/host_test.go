package host_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

// pi is a Raspberry Pi 4 as its kernel shows itself.
func pi() fstest.MapFS {
	return fstest.MapFS{
		"proc/sys/kernel/random/boot_id":           file("6f1d6a5e-3a0f-4d0e-9f4e-0d6b9f1f2a3b\n"),
		"proc/uptime":                              file("93784.25 370001.10\n"),
		"proc/self/statm":                          file("30000 4096 2000 3000 0 9000 0\n"),
		"proc/device-tree/model":                   file("Raspberry Pi 4 Model B Rev 1.4\x00"),
		"proc/device-tree/serial-number":           file("10000000abcdef01\x00"),
		"sys/class/net/eth0/carrier":               file("1\n"),
		"sys/class/net/eth0/device":                file(""),
		"sys/class/net/lo/carrier":                 file("1\n"),
		"sys/class/thermal/thermal_zone0/type":     file("cpu-thermal\n"),
		"sys/class/thermal/thermal_zone0/temp":     file("48312\n"),
		"sys/class/hwmon/hwmon0/name":              file("cpu_thermal\n"),
		"sys/class/hwmon/hwmon1/name":              file("rpi_volt\n"),
		"sys/class/hwmon/hwmon1/in0_lcrit_alarm":   file("1\n"),
		"sys/devices/platform/soc/unrelated/value": file("7\n"),

		"sys/devices/platform/soc/soc:firmware/get_throttled": file("e0008\n"),
		"proc/meminfo":                          file("MemTotal:        3884448 kB\nMemFree:         2911012 kB\nMemAvailable:    3427240 kB\nHugePages_Total:       0\n"),
		"sys/class/net/eth0/address":            file("dc:a6:32:01:02:03\n"),
		"proc/net/if_inet6":                     file("fe80000000000000dea632fffe010203 02 40 20 80     eth0\n20010db8000000000000000000000005 02 40 00 80     eth0\n20010db800000000a1b2c3d4e5f60718 02 40 00 01     eth0\n"),
		"sys/block/mmcblk0/device/type":         file("MMC\n"),
		"sys/block/mmcblk0/device/name":         file("BJTD4R\n"),
		"sys/block/mmcblk0/device/serial":       file("0x1a2b3c4d\n"),
		"sys/block/mmcblk0/device/life_time":    file("0x02 0x03\n"),
		"sys/block/mmcblk0/device/pre_eol_info": file("0x01\n"),
		"sys/fs/ext4/mmcblk0p2/errors_count":    file("0\n"),
	}
}

// addresses are those of eth0 as the kernel lists them.
func addresses(name string) ([]netip.Prefix, error) {
	if name != "eth0" {
		return nil, errors.New("no such interface")
	}
	return []netip.Prefix{
		netip.MustParsePrefix("10.20.30.40/24"), netip.MustParsePrefix("fe80::dea6:32ff:fe01:203/64"),
		netip.MustParsePrefix("2001:db8::a1b2:c3d4:e5f6:718/64"), netip.MustParsePrefix("2001:db8::5/64"),
	}, nil
}

// brokenFS answers some paths with an error, as sysfs does.
type brokenFS struct {
	fs.FS
	bad map[string]error
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if err := b.bad[name]; err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b.FS.Open(name)
}

func read(t *testing.T, o host.Options, m host.Machine) ([]string, reading.Batch) {
	t.Helper()
	if m.Addresses == nil {
		m.Addresses = addresses
	}
	h := host.New(o, m, reading.NewWallclock("b", 0, nil), nil, slog.New(slog.DiscardHandler))
	b := h.Read()
	var lines []string
	for _, r := range b.Readings {
		v := r.Point.Kind.Word(r.Value)
		if r.Quality != reading.Good {
			v = r.Quality.String() + " " + r.Reason
		}
		lines = append(lines, r.Point.String()+" "+v)
	}
	return lines, b
}

func yes() (bool, error) { return true, nil }

func TestReadAll(t *testing.T) {
	m := host.Machine{FS: pi(), Synced: yes, Disk: func() (int64, error) { return 1 << 30, nil }}
	got, b := read(t, host.DefaultOptions(), m)
	want := []string{
		"monitor:clock_synchronised yes",
		"monitor/eth0:interface_carrier carrier",
		"monitor:soc_temperature_celsius 48312",
		"monitor:supply_undervoltage yes",
		"monitor:processor_throttled yes",
		"monitor:storage_writable yes",
		"monitor:storage_free_bytes 1073741824",
		"monitor/mmcblk0:storage_life_used_ratio 25000",
		"monitor/mmcblk0:part_state ok",
		"monitor/mmcblk0p2 errors:quantity 0",
		"monitor/mmcblk0p2:part_state ok",
		fmt.Sprintf("monitor:memory_resident_bytes %d", 4096*os.Getpagesize()),
		"monitor:memory_free_bytes 3509493760",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	facts := []string{}
	for _, f := range b.Facts {
		facts = append(facts, f.Point.String()+" "+string(f.Label)+" "+f.Text)
	}
	wantFacts := []string{
		"monitor/eth0:info mac dca632010203",
		"monitor/eth0:info address 10.20.30.40/24, 2001:db8::5/64",
		"monitor:storage_writable problem ",
		"monitor/mmcblk0:info model BJTD4R",
		"monitor/mmcblk0:info serial 1a2b3c4d",
		"monitor:info model Raspberry Pi 4 Model B Rev 1.4",
		"monitor:info serial 10000000abcdef01",
	}
	if d := cmp.Diff(wantFacts, facts); d != "" {
		t.Error(d)
	}
}

// What this machine does not have is not listed; what fails is unknown; neither
// stops the rest.
func TestAbsentAndFailingSources(t *testing.T) {
	eio := syscall.EIO
	for _, c := range []struct {
		name string
		m    host.Machine
		o    host.Options
		want []string
	}{
		{"bare machine", host.Machine{FS: fstest.MapFS{}, Synced: yes}, host.Options{}, []string{"monitor:clock_synchronised yes"}},
		{"clock not asked", host.Machine{FS: fstest.MapFS{}, Synced: func() (bool, error) { return false, eio }}, host.Options{},
			[]string{"monitor:clock_synchronised unknown cannot be read"}},
		{"clock trusted", host.Machine{FS: fstest.MapFS{}, Synced: func() (bool, error) { return false, nil }}, host.Options{ClockTrusted: true},
			[]string{"monitor:clock_synchronised yes"}},
		{"interface down, one gone", host.Machine{
			FS:     brokenFS{pi(), map[string]error{"sys/class/net/eth0/carrier": syscall.EINVAL, "proc/self/statm": eio, "sys/class/thermal/thermal_zone0/temp": eio}},
			Synced: yes, Disk: func() (int64, error) { return -1, eio },
		}, host.Options{Interfaces: []string{"eth0", "usb0"}}, []string{
			"monitor:clock_synchronised yes", "monitor/eth0:interface_carrier none", "monitor/usb0:interface_carrier unknown cannot be read",
			"monitor:soc_temperature_celsius unknown cannot be read", "monitor:supply_undervoltage yes", "monitor:processor_throttled yes", "monitor:storage_writable no",
			"monitor/mmcblk0:storage_life_used_ratio 25000", "monitor/mmcblk0:part_state ok",
			"monitor/mmcblk0p2 errors:quantity 0", "monitor/mmcblk0p2:part_state ok",
			"monitor:memory_resident_bytes unknown cannot be read", "monitor:memory_free_bytes 3509493760",
		}},
		{"old kernel, low supply", host.Machine{FS: fstest.MapFS{"sys/devices/platform/soc/soc:firmware/get_throttled": file("50005\n")}, Synced: yes}, host.Options{},
			[]string{"monitor:clock_synchronised yes", "monitor:supply_undervoltage yes", "monitor:processor_throttled yes"}},
		{"old kernel, low supply in the past only", host.Machine{FS: fstest.MapFS{"sys/devices/platform/soc/soc:firmware/get_throttled": file("0x50000\n")}, Synced: yes}, host.Options{},
			[]string{"monitor:clock_synchronised yes", "monitor:supply_undervoltage no", "monitor:processor_throttled no"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := read(t, c.o, c.m)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A pulled cable, and a supply that dips, are told at the next look, not with the
// next full reading.
func TestChangesAreToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		machine := pi()
		set := func(path, content string) {
			mu.Lock()
			defer mu.Unlock()
			machine[path] = file(content)
		}
		start := time.Now()
		var got []string
		sink := func(b reading.Batch) {
			for _, r := range b.Readings {
				if k := r.Point.Kind; k == reading.Carrier || k == reading.Undervoltage || k == reading.ThrottledNow {
					got = append(got, fmt.Sprintf("%v %s %s", time.Since(start), r.Point.Kind, r.Point.Kind.Word(r.Value)))
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		h := host.New(host.DefaultOptions(), host.Machine{FS: lockedFS{&mu, machine}, Synced: yes, Addresses: addresses},
			reading.NewWallclock("b", 0, nil), sink, slog.New(slog.DiscardHandler))
		running.Go(func() { h.Run(ctx) })
		time.Sleep(1100 * time.Millisecond)
		set("sys/class/net/eth0/carrier", "0\n")
		time.Sleep(2 * time.Second)
		set("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
		set("sys/devices/platform/soc/soc:firmware/get_throttled", "e0000\n")
		time.Sleep(8 * time.Second)
		cancel()
		running.Wait()
		want := []string{
			"0s interface_carrier carrier", "0s supply_undervoltage yes", "0s processor_throttled yes",
			"1.25s interface_carrier none",
			"4s supply_undervoltage no", "4s processor_throttled no",
			"10s interface_carrier none", "10s supply_undervoltage no", "10s processor_throttled no",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// An interface that is plugged in is found by the next full reading, then followed
// closely; one that is pulled out is unknown at once. Between two full readings
// nobody looks for new ones.
func TestInterfacesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		machine := pi()
		in := &countedFS{lockedFS: lockedFS{&mu, machine}}
		start := time.Now()
		var got []string
		sink := func(b reading.Batch) {
			for _, r := range b.Readings {
				if r.Point.Kind == reading.Carrier && r.Point.Object == "usb0" {
					got = append(got, fmt.Sprintf("%v %s %d %s", time.Since(start), r.Quality, r.Value, r.Reason))
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		h := host.New(host.DefaultOptions(), host.Machine{FS: in, Synced: yes, Addresses: addresses},
			reading.NewWallclock("b", 0, nil), sink, slog.New(slog.DiscardHandler))
		running.Go(func() { h.Run(ctx) })
		change := func(after time.Duration, do func()) {
			time.Sleep(after)
			mu.Lock()
			defer mu.Unlock()
			do()
		}
		change(1100*time.Millisecond, func() {
			machine["sys/class/net/usb0/carrier"], machine["sys/class/net/usb0/device"] = file("1\n"), file("")
		})
		change(10*time.Second, func() { machine["sys/class/net/usb0/carrier"] = file("0\n") })
		change(time.Second, func() {
			delete(machine, "sys/class/net/usb0/carrier")
			delete(machine, "sys/class/net/usb0/device")
		})
		time.Sleep(12 * time.Second)
		cancel()
		running.Wait()
		want := []string{"10s good 1 ", "11.25s good 0 ", "12.25s unknown 0 cannot be read"}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if in.listed != 3 {
			t.Errorf("interfaces were listed %d times in 24 s, want 3", in.listed)
		}
	})
}

// countedFS counts how often the interfaces are listed.
type countedFS struct {
	lockedFS
	listed int // used by the host's goroutine
}

func (c *countedFS) Open(name string) (fs.File, error) {
	if name == "sys/class/net" {
		c.listed++
	}
	return c.lockedFS.Open(name)
}

// lockedFS lets a test change files while they are read.
type lockedFS struct {
	mu *sync.Mutex
	in fs.FS
}

func (l lockedFS) Open(name string) (fs.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.in.Open(name)
}

func TestBootID(t *testing.T) {
	id, up, err := host.BootID(pi())
	if err != nil || id != "6f1d6a5e-3a0f-4d0e-9f4e-0d6b9f1f2a3b" || up != 26*time.Hour+3*time.Minute+4*time.Second+250*time.Millisecond {
		t.Errorf("%s %v %v", id, up, err)
	}
	for _, bad := range []string{"", "soon 1", "-5.0 1", "1e3h 2"} {
		m := pi()
		m["proc/uptime"] = file(bad)
		if _, up, err := host.BootID(m); err == nil {
			t.Errorf("uptime %q was read as %v", bad, up)
		}
	}
	if _, _, err := host.BootID(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("bare machine: %v", err)
	}
}

func TestOptionsRefused(t *testing.T) {
	o := host.DefaultOptions()
	problems := strictyaml.Decode("f.yaml", []byte("every: 1ms\ncarrier_every: 1ns\ninterfaces: [eth0, eth0]\nwatchdog: watchdog0\nwatchdog_timeout: 1500ms\n"), &o)
	want := `f.yaml:1:1: every: found "1ms"; want a time from 1s to 10m, for example 10s
f.yaml:2:1: carrier_every: found "1ns"; want a time from 50ms to 1m, for example 250ms
f.yaml:3:20: interfaces[1]: found "eth0"; want the name of an interface, once, for example eth0
f.yaml:4:1: watchdog: found "watchdog0"; want a device of the kernel, or left out, for example /dev/watchdog
f.yaml:5:1: watchdog_timeout: found "1.5s"; want whole seconds from 5s to 5m, for example 15s`
	if d := cmp.Diff(want, problems.Error()); d != "" {
		t.Error(d)
	}
}

func TestStorage(t *testing.T) {
	dir := t.TempDir()
	disk := host.Storage(dir, nil)
	if free, err := disk(); err != nil || free <= 0 {
		t.Errorf("good folder: %d free, %v", free, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("the write test leaves %v, %v", left, err)
	}
	var refused error
	disk = host.Storage(dir, func() error { return refused })
	refused = syscall.ENOSPC
	if _, err := disk(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a refused writer is told as %v", err)
	}
	if _, err := host.Storage(dir+"/nosuch", nil)(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// Whatever the kernel's files hold, nothing panics and nothing is good that is no number.
func FuzzKernelFiles(f *testing.F) {
	for _, seed := range []string{"1\n", "", "48312\n", "-1", "0x50005", "93784.25 1.0\n", "1 2 3", "99999999999999999999", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := pi()
		for name := range m {
			if !strings.HasSuffix(name, "/name") && !strings.HasSuffix(name, "/type") {
				m[name] = file(s)
			}
		}
		m["sys/devices/platform/soc/soc:firmware/get_throttled"] = file(s)
		_, b := read(t, host.DefaultOptions(), host.Machine{FS: m, Synced: yes})
		for _, r := range b.Readings {
			if r.Known() && r.Point.Kind == reading.SoCTemperature && strings.TrimSpace(s) == "" {
				t.Errorf("%v from an empty file", r)
			}
		}
		if _, up, err := host.BootID(m); err == nil && up < 0 {
			t.Errorf("uptime %v", up)
		}
	})
}
