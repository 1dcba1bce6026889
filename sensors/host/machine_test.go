package host_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
)

// told reads a machine that has only these files and returns what it says beside
// the clock.
func told(t *testing.T, files map[string]string) []string {
	t.Helper()
	m := fstest.MapFS{}
	for path, content := range files {
		m[path] = file(content)
	}
	lines, _ := read(t, host.DefaultOptions(), host.Machine{FS: m, Synced: yes})
	return lines[1:]
}

// The life of an eMMC is told in steps of ten percent, the worse of two types of
// memory; an SD card tells nothing, and so nothing is said.
func TestCardLife(t *testing.T) {
	const dir = "sys/block/mmcblk0/device/"
	for _, c := range []struct{ life, eol, want string }{
		{"0x01 0x01", "0x01", "storage_life_used_ratio 5000±5000, part_state ok"},
		{"0x0a 0x02", "0x02", "storage_life_used_ratio 95000±5000, part_state warning"},
		{"0x01 0x0b", "0x03", "storage_life_used_ratio 100000±0, part_state critical"},
		{"0x00 0x00", "0x00", ""},
		{"", "", "storage_life_used_ratio unknown, part_state unknown"},
		{"0x01", "0x04", "storage_life_used_ratio unknown, part_state unknown"},
		{"0x01 0x0c", "ok", "storage_life_used_ratio unknown, part_state unknown"},
		{"0x01 -1", "-1", "storage_life_used_ratio unknown"},
	} {
		m := fstest.MapFS{dir + "life_time": file(c.life + "\n"), dir + "pre_eol_info": file(c.eol + "\n"), dir + "type": file("MMC\n")}
		_, b := read(t, host.DefaultOptions(), host.Machine{FS: m, Synced: yes})
		var got []string
		for _, r := range b.Readings[1:] {
			switch {
			case !r.Known():
				got = append(got, r.Point.Kind.Name()+" "+r.Quality.String())
			case r.Point.Kind == reading.StorageLife:
				got = append(got, fmt.Sprintf("%s %d±%d", r.Point.Kind, r.Value, r.Uncertainty))
			default:
				got = append(got, r.Point.Kind.Name()+" "+r.Point.Kind.Word(r.Value))
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("life_time %q, pre_eol_info %q: %s, want %s", c.life, c.eol, s, c.want)
		}
	}
	if got := told(t, map[string]string{dir + "type": "SD\n", dir + "name": "SC32G\n"}); len(got) > 0 {
		t.Errorf("an SD card: %q", got)
	}
}

// Errors that the file system met are counted by the kernel, and stay a warning
// until it is checked.
func TestFileSystemErrors(t *testing.T) {
	got := told(t, map[string]string{"sys/fs/ext4/mmcblk0p2/errors_count": "3\n", "sys/fs/ext4/sda1/errors_count": "?\n", "sys/fs/ext4/features/lazy_itable_init": "supported\n"})
	want := []string{
		"monitor/mmcblk0p2 errors:quantity 3", "monitor/mmcblk0p2:part_state warning",
		"monitor/sda1 errors:quantity unknown cannot be read", "monitor/sda1:part_state unknown cannot be read",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Undervoltage and throttling, by what a kernel shows of them.
func TestSupply(t *testing.T) {
	const word = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
	volt := map[string]string{"sys/class/hwmon/hwmon2/name": "rpi_volt\n", "sys/class/hwmon/hwmon2/in0_lcrit_alarm": "1\n"}
	cooler := map[string]string{
		"sys/class/thermal/cooling_device0/type": "pwm-fan\n", "sys/class/thermal/cooling_device0/cur_state": "4\n",
		"sys/class/thermal/cooling_device1/type": "cpufreq-cpu0\n", "sys/class/thermal/cooling_device1/cur_state": "0\n",
	}
	with := func(all ...map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range all {
			maps.Copy(out, m)
		}
		return out
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"firmware: well", map[string]string{word: "0\n"}, []string{"supply_undervoltage no", "processor_throttled no"}},
		{"firmware: only in the past", map[string]string{word: "f0000\n"}, []string{"supply_undervoltage no", "processor_throttled no"}},
		{"firmware: capped", map[string]string{word: "20002\n"}, []string{"supply_undervoltage no", "processor_throttled yes"}},
		{"firmware: throttled", map[string]string{word: "4\n"}, []string{"supply_undervoltage no", "processor_throttled yes"}},
		{"firmware: soft limit", map[string]string{word: "80008\n"}, []string{"supply_undervoltage no", "processor_throttled yes"}},
		{"firmware: supply", map[string]string{word: "50001\n"}, []string{"supply_undervoltage yes", "processor_throttled no"}},
		{"firmware: broken", map[string]string{word: "x\n"}, []string{"supply_undervoltage unknown cannot be read", "processor_throttled unknown cannot be read"}},
		{"the kernel's alarm goes before the word", with(volt, map[string]string{word: "0\n"}), []string{"supply_undervoltage yes", "processor_throttled no"}},
		{"kernel without the word", with(volt, cooler), []string{"supply_undervoltage yes", "processor_throttled no"}},
		{"slowed by heat", with(cooler, map[string]string{"sys/class/thermal/cooling_device1/cur_state": "2\n"}), []string{"processor_throttled yes"}},
		{"cooler broken", with(cooler, map[string]string{"sys/class/thermal/cooling_device1/cur_state": "\n"}), []string{"processor_throttled unknown cannot be read"}},
		{"another machine", map[string]string{"sys/class/hwmon/hwmon0/name": "nvme\n"}, nil},
	} {
		var got []string
		for _, line := range told(t, c.files) {
			got = append(got, strings.TrimPrefix(line, "monitor:"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMemoryFree(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"MemTotal: 10 kB\nMemAvailable:    2048 kB\n", "monitor:memory_free_bytes 2097152"},
		{"MemTotal: 10 kB\n", "monitor:memory_free_bytes unknown cannot be read"},
		{"MemAvailable: -1 kB\n", "monitor:memory_free_bytes unknown cannot be read"},
		{"MemAvailable: 99999999999999999 kB\n", "monitor:memory_free_bytes unknown cannot be read"},
	} {
		if got := told(t, map[string]string{"proc/meminfo": c.content}); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q: %q, want %q", c.content, got, c.want)
		}
	}
}

// Why storage refuses is a fact beside its reading, until it takes data again.
func TestStorageProblemIsNamed(t *testing.T) {
	var refused error
	h := host.New(host.DefaultOptions(), host.Machine{FS: fstest.MapFS{}, Synced: yes, Disk: func() (int64, error) { return 1, refused }},
		reading.NewWallclock("b", 0, nil), nil, slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""}, {fmt.Errorf("write to /data: %w", syscall.EROFS), "read-only file system"},
		{&fs.PathError{Op: "write", Path: "/data", Err: syscall.EIO}, "input/output error"}, {errors.New("outbox: full"), "refused"}, {nil, ""},
	} {
		refused = c.err
		f := h.Read().Facts[0]
		if f.Point.Kind != reading.StorageWritable || f.Label != reading.LabelProblem || f.Text != c.want {
			t.Errorf("%v: %+v, want %q", c.err, f, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []netip.Prefix
		err  error
		want string
	}{
		{"none yet", nil, nil, ""},
		{"interface gone", nil, syscall.ENODEV, ""},
		{"no DHCP server", []netip.Prefix{netip.MustParsePrefix("169.254.7.7/16")}, nil, "169.254.7.7/16"},
		{"loopback", []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}, nil, ""},
	} {
		_, b := read(t, host.Options{Interfaces: []string{"eth0"}}, host.Machine{FS: fstest.MapFS{}, Synced: yes,
			Addresses: func(string) ([]netip.Prefix, error) { return c.all, c.err }})
		if f := b.Facts[1]; f.Label != reading.LabelAddress || f.Point.Object != "eth0" || f.Text != c.want {
			t.Errorf("%s: %+v, want %q", c.name, f, c.want)
		}
	}
}

// The kernel's own answer: the loopback interface has an address that is left out.
func TestRealAddresses(t *testing.T) {
	h := host.New(host.Options{Interfaces: []string{"lo", "nosuch0"}}, host.Machine{FS: fstest.MapFS{}, Synced: yes},
		reading.NewWallclock("b", 0, nil), nil, slog.New(slog.DiscardHandler))
	for _, f := range h.Read().Facts {
		if f.Label == reading.LabelAddress && f.Text != "" {
			t.Errorf("%+v", f)
		}
	}
}
