package outbox

import (
	"os"
	"syscall"
)

func preallocate(f *os.File, size int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, size)
		if err != syscall.EINTR {
			return os.NewSyscallError("fallocate", err)
		}
	}
}
