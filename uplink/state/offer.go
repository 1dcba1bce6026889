package state

// Offer hands one event in unless the loop is so busy that this would wait, and
// reports whether it was taken. It is for signs of life, of which another comes
// within the second, from callers that must not wait.
func (l *Loop) Offer(ev Event) bool {
	select {
	case l.jobs <- job{evs: []Event{ev}}:
		return true
	default:
		return false
	}
}
