package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// kernel is what fetch.sh left.
type kernel struct{ dir, release string }

// fetch gets the kernel if it is not there.
func fetch(ctx context.Context, dir string) (kernel, error) {
	for _, args := range [][]string{
		{"cross/need.sh", "qemu-system-aarch64:qemu-system-arm"},
		{"cross/hwtest/fetch.sh", dir},
	} {
		cmd := bounded(ctx, "bash", args...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return kernel{}, fmt.Errorf("%s (run it from the top of the source): %w", args[0], err)
		}
	}
	release, err := os.ReadFile(filepath.Join(dir, "ready"))
	return kernel{dir, strings.TrimSpace(string(release))}, err
}

// bounded is a command that ends with all its children when ctx or this process
// does, and gives way to others.
func bounded(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nice", append([]string{"-n", "10", name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// programs are built for the guest: the shipped agent, process 1, and the cases,
// whose file names end in ~ and the pattern of the cases in them.
var programs = []struct {
	name, pkg string
	test      bool
}{
	{"init", "rackvakt/cross/hwtest/init", false},
	{"bin/rackvakt", "rackvakt/firmware/cmd/rackvakt", false},
	{"cases/guest~.", "rackvakt/cross/hwtest/guest", true},
	{"cases/board~^TestKernel", "rackvakt/sensors/board", true},
}

func buildInitramfs(ctx context.Context, k kernel, r *region) (err error) {
	var a archive
	for _, name := range []string{"proc", "sys", "dev", "tmp", "run"} {
		a.folder(name)
	}
	for _, p := range programs {
		file := filepath.Join(k.dir, "bin", filepath.Base(p.name))
		if err := build(ctx, file, p.pkg, p.test, "GOOS=linux", "GOARCH=arm64"); err != nil {
			return err
		}
		if err := a.addFile(p.name, 0o755, file); err != nil {
			return err
		}
	}
	if err := errors.Join(addModules(&a, k), r.addKeys(&a)); err != nil {
		return err
	}
	file, err := os.Create(k.initramfs())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	z, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return err
	}
	return errors.Join(a.write(z), z.Close())
}

func (k kernel) initramfs() string { return filepath.Join(k.dir, "initramfs.gz") }

// build builds a program, or the tests of a package, on this machine or for the one
// that env names.
func build(ctx context.Context, file, pkg string, test bool, env ...string) error {
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", file, pkg}
	if test {
		args = []string{"test", "-c", "-trimpath", "-ldflags=-s -w", "-o", file, pkg}
	}
	cmd := bounded(ctx, "go", args...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// boot runs the guest to its end and reads its console.
func boot(ctx context.Context, o options, k kernel, r *region, out io.Writer) (*report, error) {
	words := []string{"console=ttyAMA0", "loglevel=1", "panic=-1", "HWTEST_RUN=" + o.run, "HWTEST_BROKER=" + r.broker, "HWTEST_WEB=" + r.web}
	if o.short {
		words = append(words, "HWTEST_SHORT=1")
	}
	cmd := bounded(ctx, "qemu-system-aarch64", "-M", "virt", "-accel", "tcg", "-cpu", "cortex-a72", "-m", "512", "-smp", "2",
		"-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot", "-rtc", "base=utc",
		"-netdev", "user,id=n0", "-device", "virtio-net-device,netdev=n0",
		"-kernel", filepath.Join(k.dir, "vmlinuz"), "-initrd", k.initramfs(), "-append", strings.Join(words, " "))
	rep := &report{}
	console, err := cmd.StdoutPipe()
	if err != nil {
		return rep, err
	}
	var complaints strings.Builder
	cmd.Stderr = &complaints
	log, err := os.Create(filepath.Join(k.dir, "console.log"))
	if err != nil {
		return rep, err
	}
	if err := cmd.Start(); err != nil {
		return rep, errors.Join(fmt.Errorf("start QEMU: %w", err), log.Close())
	}
	err = errors.Join(rep.read(io.TeeReader(console, log), echo(o.verbose, out)), log.Close())
	if werr := cmd.Wait(); werr != nil {
		err = errors.Join(err, fmt.Errorf("QEMU: %w\n%s", errors.Join(werr, context.Cause(ctx)), complaints.String()))
	}
	return rep, err
}

func echo(verbose bool, out io.Writer) io.Writer {
	if verbose {
		return out
	}
	return io.Discard
}
