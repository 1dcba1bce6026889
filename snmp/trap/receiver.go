package trap

import (
	"crypto/subtle"
	"net/netip"
	"slices"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/usm"
)

// Reason is why a datagram led to no notification. The zero value is none.
type Reason string

// Reasons.
const (
	Malformed      Reason = "malformed"
	Version        Reason = "version not taken"
	WrongCommunity Reason = "wrong community"
	UnknownSender  Reason = "unknown sender"
	UnknownUser    Reason = "unknown user"
	UnknownEngine  Reason = "unknown engine id"
	Level          Reason = "security level refused"
	WrongDigest    Reason = "wrong authentication"
	NotInWindow    Reason = "not in time window"
	Undecryptable  Reason = "cannot be decrypted"
	Replayed       Reason = "replayed"
	NoNotification Reason = "no notification"
	Flood          Reason = "too many"
	Busy           Reason = "queue full"
	// Discovery is a question for engine and time, which comes before an INFORM of
	// version 3 and is no fault.
	Discovery Reason = "discovery"
)

var faults = map[usm.Fault]Reason{
	usm.UnknownLevel: Level, usm.NotInWindow: NotInWindow, usm.UnknownUser: UnknownUser,
	usm.UnknownEngine: UnknownEngine, usm.WrongDigest: WrongDigest, usm.Undecryptable: Undecryptable,
}

// verdict is what is to be done about one datagram.
type verdict struct {
	note   *Notification // to be queued; nil where why is set
	answer []byte        // to be sent back; nil: nothing
	why    Reason
}

func drop(why Reason) verdict { return verdict{why: why} }

// receiver decides about datagrams. It belongs to one goroutine; it has no socket
// and no clock.
type receiver struct {
	community string // "": version 2c is not taken
	senders   map[netip.Addr]string
	accounts  []*account
	own       usm.Engine // of the receiver itself, authoritative for INFORMs
}

// account is one user of one device.
type account struct {
	device, user string
	master       *usm.Master
	// fixed says that engines was configured and does not grow.
	fixed   bool
	engines map[string]*engine
	own     *usm.Keys // for the receiver's engine
	informs seen
}

// engine is one engine that an account was seen at.
type engine struct {
	keys   *usm.Keys
	notion usm.Notion
	traps  seen
}

// maxEngines bounds the engines that an account learns: a device and three spares.
const maxEngines = 4

// receive decides about one datagram.
func (r *receiver) receive(b []byte, from netip.Addr, now time.Time) verdict {
	env, err := ber.ParseEnvelope(b)
	switch {
	case err != nil:
		return drop(Malformed)
	case env.Version == ber.V2c && r.community != "":
		return r.version2(b, env.Community, from)
	case env.Version == ber.V3 && len(r.accounts) > 0:
		return r.version3(b, from, now)
	}
	return drop(Version)
}

func (r *receiver) version2(b []byte, community string, from netip.Addr) verdict {
	if subtle.ConstantTimeCompare([]byte(community), []byte(r.community)) != 1 {
		return drop(WrongCommunity)
	}
	device, known := r.senders[from]
	if !known {
		return drop(UnknownSender)
	}
	m, err := ber.ParseMessage(b)
	if err != nil {
		return drop(Malformed)
	}
	v := notice(m.PDU, device, from)
	if v.note != nil && v.note.Inform {
		m.PDU = acknowledge(m.PDU)
		v.answer = m.Append(nil)
	}
	return v
}

// notice reads the PDU of a notification.
func notice(p ber.PDU, device string, from netip.Addr) verdict {
	if p.Type != ber.Trap && p.Type != ber.Inform {
		return drop(NoNotification)
	}
	n, ok := decode(p.Varbinds)
	if !ok {
		return drop(Malformed)
	}
	n.Device, n.From, n.Inform = device, from, p.Type == ber.Inform
	return verdict{note: &n}
}

// acknowledge returns the Response to an INFORM, RFC 3416 section 4.2.7.
func acknowledge(p ber.PDU) ber.PDU {
	return ber.PDU{Type: ber.Response, ID: p.ID, Varbinds: p.Varbinds}
}

func (r *receiver) version3(b []byte, from netip.Addr, now time.Time) verdict {
	m, err := ber.ParseMessage3(b)
	if err != nil || m.Model != ber.ModelUSM {
		return drop(Malformed)
	}
	switch confirmed := m.Flags&ber.FlagReportable != 0; {
	case string(m.EngineID) == string(r.own.ID):
		return r.inform(b, m, from, now)
	case confirmed:
		return verdict{why: Discovery, answer: r.own.Report(m, usm.UnknownEngine, now, nil)}
	}
	return r.trap(b, m, from, now)
}

// candidates returns the accounts of a user: those of the sending device first,
// for several devices may have the same user with the same passphrases.
func (r *receiver) candidates(user string, from netip.Addr) []*account {
	var first, rest []*account
	for _, a := range r.accounts {
		switch {
		case a.user != user:
		case a.device == r.senders[from]:
			first = append(first, a)
		default:
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

// inform takes a message to the receiver's own engine.
func (r *receiver) inform(b []byte, m ber.Message3, from netip.Addr, now time.Time) verdict {
	accounts := r.candidates(m.User, from)
	var keys []*usm.Keys
	for _, a := range accounts {
		if a.own == nil {
			a.own = a.master.Localize(r.own.ID)
		}
		keys = append(keys, a.own)
	}
	plain, k, fault := r.own.Open(b, m, now, keys)
	if fault != 0 {
		v := verdict{why: faults[fault], answer: r.own.Report(m, fault, now, k)}
		if fault == usm.NotInWindow && m.Boots == 0 && m.Time == 0 {
			v.why = Discovery
		}
		return v
	}
	a := accounts[slices.Index(keys, k)]
	context, name, p, err := ber.ParseScoped(plain)
	if err != nil {
		return drop(Undecryptable)
	}
	if p.Type != ber.Inform {
		return drop(NoNotification)
	}
	v := notice(p, a.device, from)
	if v.note == nil {
		return v
	}
	v.answer = r.own.Answer(m, now, k, ber.AppendScoped(nil, context, name, acknowledge(p)))
	if a.informs.again(m.AuthParams) {
		v.note, v.why = nil, Replayed // answered again, for the first answer may be lost
	}
	return v
}

// trap takes a message of the sender's own engine, which no Report answers.
func (r *receiver) trap(b []byte, m ber.Message3, from netip.Addr, now time.Time) verdict {
	accounts := r.candidates(m.User, from)
	switch {
	case len(accounts) == 0:
		return drop(UnknownUser)
	case !usm.Level(m):
		return drop(Level)
	}
	a, e, why := verify(accounts, b, m)
	if why != "" {
		return drop(why)
	}
	if !e.notion.Take(m.Boots, m.Time, now) {
		return drop(NotInWindow)
	}
	plain, ok := e.keys.Decrypt(m)
	if !ok {
		return drop(Undecryptable)
	}
	_, _, p, err := ber.ParseScoped(plain)
	if err != nil {
		return drop(Undecryptable)
	}
	if p.Type != ber.Trap {
		return drop(NoNotification)
	}
	if e.traps.again(m.AuthParams) {
		return drop(Replayed)
	}
	return notice(p, a.device, from)
}

// verify returns the account and engine whose keys made the digest of m. Those
// that know the engine come first; an engine that nobody knew is known from then on.
func verify(accounts []*account, b []byte, m ber.Message3) (*account, *engine, Reason) {
	why := UnknownEngine
	for _, learn := range []bool{false, true} {
		for _, a := range accounts {
			e, known := a.engines[string(m.EngineID)]
			if known == learn || learn && !a.learns(m.EngineID) {
				continue
			}
			if learn {
				e = &engine{keys: a.master.Localize(m.EngineID)}
			}
			if e.keys.Verify(b, m) {
				a.engines[string(m.EngineID)] = e
				return a, e, ""
			}
			why = WrongDigest
		}
	}
	return nil, nil, why
}

// learns reports whether the account may come to know another engine.
func (a *account) learns(engineID []byte) bool {
	return !a.fixed && len(a.engines) < maxEngines && len(engineID) > 0
}

// seen remembers the digests of messages for longer than the time window lets
// them in again. The zero value remembers nothing yet.
type seen struct {
	digests map[string]bool
	order   []string // ring, oldest at next once it is full
	next    int
}

// maxSeen holds what a source may send in a window and a half at its steady rate.
const maxSeen = 2 * usm.Window * perSecond * 3 / 4

// again reports whether a digest was seen, and remembers it.
func (s *seen) again(digest []byte) bool {
	d := string(digest)
	if s.digests[d] {
		return true
	}
	if s.digests == nil {
		s.digests = map[string]bool{}
	}
	s.digests[d] = true
	if len(s.order) < maxSeen {
		s.order = append(s.order, d)
		return false
	}
	delete(s.digests, s.order[s.next])
	s.order[s.next] = d
	s.next = (s.next + 1) % maxSeen
	return false
}
