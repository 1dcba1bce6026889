// Package guest holds the cases that cross/hwtest runs inside the guest: the
// product's own drivers against the interfaces of a real kernel. Each case runs in
// a process of its own, so what it attaches is gone after it.
//
// It refuses to run anywhere else: plain `go test` skips it and says so.
package guest
