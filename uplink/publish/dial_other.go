//go:build !linux

package publish

import "errors"

func socketOptions(_ int, ifname string) error {
	if ifname != "" {
		return errors.New("a path can be bound to an interface on Linux only")
	}
	return nil
}
