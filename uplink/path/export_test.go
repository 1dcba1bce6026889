package path

// ForbidPing makes p behave as if the system had refused ping to it.
func ForbidPing(p *Net) { p.forbidden.Store(true) }
