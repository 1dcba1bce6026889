// Package package_test holds what is installed against what the program needs.
package package_test

import (
	"os"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Each kind of device that sensors/board opens needs four things: the unit allows
// it, udev gives it to the user, the user is in the group that other systems give
// it to, and after an installation udev is told to do so at once.
func TestDevicesOfTheSensors(t *testing.T) {
	unit, rules, postinst := read(t, "rackvakt.service"), read(t, "60-rackvakt.rules"), read(t, "postinst")
	for _, d := range []struct{ device, subsystem, node, group string }{
		{"gpiochip", "gpio", "gpiochip*", "gpio"},
		{"i2c", "i2c-dev", "i2c-[0-9]*", "i2c"},
		{"spi", "spidev", "spidev*", "spi"},
	} {
		for text, want := range map[string]string{
			unit:     "\nDeviceAllow=char-" + d.device + " rw\n",
			rules:    "SUBSYSTEM==\"" + d.subsystem + "\", KERNEL==\"" + d.node + "\", GROUP=\"rackvakt\", MODE=\"0660\"\n",
			postinst: "--subsystem-match=" + d.subsystem + " ",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q", want)
			}
		}
		_, groups, _ := strings.Cut(postinst, "for group in ")
		groups, _, _ = strings.Cut(groups, ";")
		if !strings.Contains(" "+groups+" ", " "+d.group+" ") {
			t.Errorf("the user does not join group %s: %q", d.group, groups)
		}
	}
	if !strings.Contains(unit, "\nDevicePolicy=closed\n") {
		t.Error("other devices are not closed")
	}
	// systemd looks up char-i2c when it starts the unit.
	if !strings.Contains(read(t, "modules.conf"), "\ni2c-dev\n") || !strings.Contains(read(t, "deb.sh"), "/usr/lib/modules-load.d/rackvakt.conf") {
		t.Error("i2c-dev is not loaded at boot")
	}
}

// systemd owns the watchdog of the machine, so the unit neither sets nor opens it,
// and the agent feeds systemd.
func TestWatchdogIsSystemds(t *testing.T) {
	unit := read(t, "rackvakt.service")
	for _, want := range []string{"\nType=notify\n", "\nWatchdogSec=60\n", "\nRestart=always\n", "\nUser=rackvakt\n"} {
		if !strings.Contains(unit, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(unit, "/dev/watchdog") {
		t.Error("the unit opens the watchdog beside systemd")
	}
}
