// Command init is process 1 of the guest: it mounts, loads the modules of /modules,
// brings up the network, runs every case of the binaries in /cases in a process
// of its own, and turns the machine off. It refuses to run anywhere else.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// caseLimit bounds one case from outside, should its own limit not work.
const caseLimit = 100 * time.Second

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "init: only for process 1 of the guest")
		os.Exit(2)
	}
	err := run()
	if err != nil {
		fmt.Printf("\nhwtest: %v\n", err)
	}
	fmt.Printf("\nhwtest end good=%v\n", err == nil)
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
		fmt.Printf("hwtest: turn off: %v\n", err)
	}
}

func run() error {
	if err := prepare(); err != nil {
		return err
	}
	for _, v := range [][2]string{{"HWTEST", "1"}, {"PATH", "/bin"}, {"HOME", "/tmp"}, {"TMPDIR", "/tmp"}} {
		if err := os.Setenv(v[0], v[1]); err != nil {
			return err
		}
	}
	up, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return err
	}
	fmt.Printf("\nhwtest ready after %s s\n", strings.Fields(string(up))[0])
	binaries, err := filepath.Glob("/cases/*")
	if err != nil {
		return err
	}
	var all error
	for _, binary := range binaries {
		all = errors.Join(all, runCases(binary))
	}
	return all
}

func prepare() error {
	for _, m := range [][2]string{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"tmpfs", "/run"}} {
		if err := os.MkdirAll(m[1], 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m[0], m[1], m[0], 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m[1], err)
		}
	}
	if err := loadModules(); err != nil {
		return err
	}
	if err := unix.Mount("configfs", "/sys/kernel/config", "configfs", 0, ""); err != nil {
		return fmt.Errorf("mount configfs: %w", err)
	}
	return errors.Join(address("lo", 127, 0, 0, 1), address("eth0", 10, 0, 2, 15))
}

func loadModules() error {
	list, err := os.ReadFile("/modules")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(list)) {
		path, parameters, _ := strings.Cut(strings.TrimSpace(line), " ")
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(file.Fd()), parameters, 0)
		if err = errors.Join(err, file.Close()); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("load %s: %w", path, err)
		}
	}
	return nil
}

// address gives an interface an address of its class and sets it up.
func address(name string, a, b, c, d byte) (err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("configure %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	for _, step := range []struct {
		request uint
		set     func(*unix.Ifreq) error
	}{
		{unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{a, b, c, d}) }},
		{unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 0}) }},
		{unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }},
	} {
		r, err := unix.NewIfreq(name)
		if err != nil {
			return fmt.Errorf("configure %s: %w", name, err)
		}
		if err := step.set(r); err != nil {
			return fmt.Errorf("configure %s: %w", name, err)
		}
		if err := unix.IoctlIfreq(fd, step.request, r); err != nil {
			return fmt.Errorf("configure %s: %w", name, err)
		}
	}
	return nil
}

// runCases runs each case of one test binary by itself. The name of the binary
// ends in ~ and the pattern of its cases; HWTEST_RUN narrows them.
func runCases(binary string) error {
	_, pattern, _ := strings.Cut(filepath.Base(binary), "~")
	list, err := exec.Command(binary, "-test.list="+pattern).Output()
	if err != nil {
		return fmt.Errorf("list the cases of %s: %w", binary, err)
	}
	wanted, err := regexp.Compile(os.Getenv("HWTEST_RUN"))
	if err != nil {
		return fmt.Errorf("HWTEST_RUN: %w", err)
	}
	var failed error
	for _, name := range strings.Fields(string(list)) {
		if !wanted.MatchString(name) {
			continue
		}
		if err := runCase(binary, name); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	return failed
}

func runCase(binary, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), caseLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run=^"+name+"$", "-test.v=test2json", "-test.timeout=90s",
		"-test.short="+fmt.Sprint(os.Getenv("HWTEST_SHORT") == "1"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	start := time.Now()
	err := cmd.Run()
	fmt.Printf("\nhwtest case %s took %.2f good=%v\n", name, time.Since(start).Seconds(), err == nil)
	return err
}
