package path

// ForbidPing makes p behave as if the system had refused ping to address.
func ForbidPing(p *Net, address string) { p.forbidden.Store(address, true) }
