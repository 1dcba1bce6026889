package drivers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rackvakt/sensors/climate"
)

// row is one line of TABLE.md.
type row struct{ driver, datasheet, reach, accuracy, faults, playback, kernel string }

func table(t *testing.T) []row {
	t.Helper()
	var rows []row
	for line := range strings.Lines(file(t, "TABLE.md")) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		if len(cells) != 7 || strings.HasPrefix(cells[0], "-") || strings.TrimSpace(cells[0]) == "driver" {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " ")
		}
		rows = append(rows, row{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]})
	}
	return rows
}

func file(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// folder returns the Go files of folders of sensors, or only their tests.
func folder(t *testing.T, tests bool, names ...string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range names {
		files, err := filepath.Glob(filepath.Join("../..", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(name, files, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") == tests {
				all.WriteString(file(t, f))
			}
		}
	}
	return all.String()
}

// home is where a driver is written.
func home(driver string) []string {
	switch {
	case slices.Contains(climate.Drivers(), climate.Driver(driver)):
		return []string{"sensors/climate"}
	case strings.HasPrefix(driver, "ina"):
		return []string{"sensors/power"}
	case driver == "ads1115":
		return []string{"sensors/adc", "sensors/contact"}
	case driver == "gpio":
		return []string{"sensors/contact", "sensors/board"}
	}
	return []string{"sensors/output"}
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	named   = regexp.MustCompile(`[= ]"((?:ina|ssd|st7)[0-9]+)"\n`)
	isFault = regexp.MustCompile(`= fault\("([^"]+)"\)`)
)

func TestEveryDriverHasItsRow(t *testing.T) {
	var want, got []string
	for _, d := range climate.Drivers() {
		want = append(want, string(d))
	}
	for _, m := range named.FindAllStringSubmatch(folder(t, false, "sensors/power", "sensors/output"), -1) {
		want = append(want, m[1])
	}
	want = append(want, "ads1115", "gpio")
	for _, r := range table(t) {
		got = append(got, r.driver)
	}
	slices.Sort(want)
	slices.Sort(got)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		t.Errorf("rows %q, drivers %q", got, want)
	}
}

// What the table says stands in the code, and every fault of the code in the table.
func TestRowsSayWhatTheCodeSays(t *testing.T) {
	told := map[string]string{}
	for _, r := range table(t) {
		at := home(r.driver)
		code, tests := folder(t, false, at...), folder(t, true, at...)
		told[at[0]] += r.faults
		for _, d := range quoted.FindAllStringSubmatch(r.datasheet, -1) {
			if !strings.Contains(code, d[1]) {
				t.Errorf("%s: the code does not cite %q", r.driver, d[1])
			}
		}
		for _, f := range quoted.FindAllStringSubmatch(r.faults, -1) {
			if !strings.Contains(code, strconv.Quote(f[1])) {
				t.Errorf("%s: no fault %q", r.driver, f[1])
			}
		}
		for cell, where := range map[string]string{r.playback: tests, r.kernel: folder(t, true, "cross/hwtest/guest")} {
			for name := range strings.SplitSeq(cell, ", ") {
				if name != "-" && !strings.Contains(where, "func "+name+"(") {
					t.Errorf("%s: no test %q", r.driver, name)
				}
			}
		}
	}
	for _, at := range []string{"sensors/climate", "sensors/power"} {
		for _, f := range isFault.FindAllStringSubmatch(folder(t, false, at), -1) {
			if !strings.Contains(told[at], "`"+f[1]+"`") {
				t.Errorf("%s: fault %q is in no row", at, f[1])
			}
		}
	}
}

// number reads a Go integer.
func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// found returns what a pattern finds of a driver; its constants are the names in capitals.
func found(t *testing.T, code, driver, pattern string) []string {
	t.Helper()
	m := regexp.MustCompile(`(?i)\n\t` + driver + pattern).FindStringSubmatch(code)
	if m == nil {
		t.Fatalf("%s: %s not found", driver, pattern)
	}
	return m[1:]
}

func TestRangesAndAccuraciesAreThoseOfTheCode(t *testing.T) {
	probes, rails := folder(t, false, "sensors/climate"), folder(t, false, "sensors/power")
	for _, r := range table(t) {
		var reach, accuracy string
		switch home(r.driver)[0] {
		case "sensors/climate":
			b := found(t, probes, r.driver, `: +\{.*low: (-?[0-9_]+), high: ([0-9_]+)`)
			reach = fmt.Sprintf("%g..%g °C", number(t, b[0])/1000, number(t, b[1])/1000)
			if r.driver != "hwmon" {
				a := found(t, probes, r.driver, `: +\{[^}]*temperature: \[\]band\{\{[^,]+, [^,]+, ([0-9_]+)\}`)
				accuracy = fmt.Sprintf("%g °C", number(t, a[0])/1000)
			}
		case "sensors/power":
			b := found(t, rails, r.driver, `: +\{.*shuntMicroVolt: ([0-9_]+), maxMilliVolt: ([0-9_]+), gain: ([0-9]+), busOffset: ([0-9]+), shuntOffset: ([0-9]+)`)
			reach = fmt.Sprintf("0..%g V, shunt ±%g mV", number(t, b[1])/1000, number(t, b[0])/1000)
			accuracy = fmt.Sprintf("%g %% + %g mV, %g mV at the shunt", number(t, b[2])/10, number(t, b[3]), number(t, b[4])/1000)
		}
		if !strings.HasPrefix(r.reach, reach) || !strings.HasPrefix(r.accuracy, accuracy) {
			t.Errorf("%s: %q and %q, the code has %q and %q", r.driver, r.reach, r.accuracy, reach, accuracy)
		}
	}
}
