package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

var upTime = system.UpTime

// ErrSilent says that a device did not answer.
var ErrSilent = errors.New("no answer")

// RefusedError is an answer that says no to everything: the device is alive.
type RefusedError struct {
	// Reason is a stable lower-case phrase: "unknown user".
	Reason string
}

// Error returns the reason.
func (e *RefusedError) Error() string { return e.Reason }

// attempts is how often one request is sent before the device counts as silent:
// under 5 % loss each way that takes one false silence in 10^5 requests.
const attempts = 5

// Session asks one device one thing at a time. It belongs to one goroutine.
type Session struct {
	o      Options
	access Access
	tries  int // attempts of one request; 0 means attempts
	g      *gosnmp.GoSNMP
	conn   *filterConn
	stop   func() bool // ends the watch on the context
	wait   waits
	load   load
	doubts int // GETBULKs in a row that were lost until they asked for less
	// Kept over reconnects: the limits learned, keys and engine of version 3 (nil
	// before the first request), and the context that belongs to them.
	known   Limits
	usm     *gosnmp.UsmSecurityParameters
	context string
	upTime  pdu.Number // of the last answer of a sweep
	tables  map[string]table
}

// New returns a session for o, which must have been validated. It opens nothing,
// but reads the secrets where o points to them.
func New(o Options) (*Session, error) {
	access, err := o.access()
	if err == nil {
		err = o.check(access)
	}
	if err != nil {
		return nil, err
	}
	return &Session{o: o, access: access}, nil
}

// Knock asks once, without a second attempt, for sysUpTime.0: is anybody there?
func (s *Session) Knock(ctx context.Context) error {
	s.tries = 1
	defer func() { s.tries = 0 }()
	_, err := s.Get(ctx, []pdu.OID{upTime})
	return err
}

// Reply is one answer.
type Reply struct {
	Status   int // error-status, RFC 3416 section 3; 0 is noError
	Index    int // error-index, from 1
	Varbinds []pdu.Varbind
	RTT      time.Duration
	Octets   int // of the answer
	// Repetitions that were asked for in the end, and whether more of them were
	// lost again and again before.
	Repetitions int
	Lost        bool
}

// TooBig reports whether the device says that its answer would be too large.
func (r Reply) TooBig() bool { return r.Status == tooBig }

// Values of error-status that are acted on.
const (
	noError    = 0
	tooBig     = 1
	noSuchName = 2
)

// Get asks for instances with one GET.
func (s *Session) Get(ctx context.Context, oids []pdu.OID) (Reply, error) {
	names := dotted(oids)
	return s.ask(ctx, func(int) (*gosnmp.SnmpPacket, error) { return s.g.Get(names) })
}

// Bulk asks with one GETBULK for sysUpTime.0 and reps rows of each column after
// the given instances; in version 1, which has none, for one row with GETNEXT.
func (s *Session) Bulk(ctx context.Context, after []pdu.OID, reps int) (Reply, error) {
	all := append([]pdu.OID{upTime[:len(upTime)-4]}, after...)
	if s.o.Version == "1" {
		return s.successors(ctx, all)
	}
	names := dotted(all)
	asked := reps
	r, err := s.ask(ctx, func(try int) (*gosnmp.SnmpPacket, error) {
		asked = max(reps>>max(0, try-1), 1) // twice the same, then less
		return s.g.GetBulk(names, 1, uint32(asked))
	})
	if err != nil {
		return r, err
	}
	r.Repetitions = asked
	r.Lost = s.tooLarge(r, reps, len(after))
	s.load.sample(r.RTT, &s.known)
	return r, nil
}

// doubtsTaken is how often in a row larger answers are lost before it is believed.
const doubtsTaken = 3

// tooLarge reports whether more repetitions were lost because their answer was too
// large: at once where none of that size ever came, else after several times.
func (s *Session) tooLarge(r Reply, reps, columns int) bool {
	if r.Repetitions == reps {
		s.doubts = 0
		return false
	}
	s.doubts++
	full := len(r.Varbinds) == 1+r.Repetitions*columns
	expected := min(r.Octets*reps/r.Repetitions, frame)
	return full && (s.doubts >= doubtsTaken || expected > s.known.Largest+s.known.Largest/8)
}

func dotted(oids []pdu.OID) []string {
	names := make([]string, len(oids))
	for i, o := range oids {
		names[i] = "." + o.String()
	}
	return names
}

// ask sends a request until it is answered, refused, or the attempts are used up.
func (s *Session) ask(ctx context.Context, send func(try int) (*gosnmp.SnmpPacket, error)) (Reply, error) {
	tries := attempts
	if s.tries > 0 {
		tries = s.tries
	}
	var last error
	for try := range tries {
		if err := s.connect(ctx); err != nil {
			last = err
			pause(ctx, s.wait.timeout(try, s.o.Timeout))
			continue
		}
		r, err := s.attempt(ctx, try, try == tries-1, send)
		if err == nil || ctx.Err() != nil || errors.As(err, new(*RefusedError)) {
			return r, err
		}
		last = err
	}
	if strings.HasPrefix(last.Error(), "request timeout") {
		return Reply{}, fmt.Errorf("%w after %d attempts", ErrSilent, tries) // gosnmp counts retries of its own, none
	}
	return Reply{}, fmt.Errorf("%w after %d attempts: %w", ErrSilent, tries, last)
}

// attempt sends a request once and waits its whole time for the answer, also
// where gosnmp gives up early.
func (s *Session) attempt(ctx context.Context, try int, final bool, send func(try int) (*gosnmp.SnmpPacket, error)) (Reply, error) {
	timeout := s.wait.timeout(try, s.o.Timeout)
	if final {
		timeout = max(timeout, s.o.Timeout) // the last word is waited for longest
	}
	until := time.Now().Add(timeout)
	s.g.Timeout = timeout
	s.conn.heard, s.conn.report = false, ""
	packet, err := send(try)
	switch {
	case ctx.Err() != nil:
		return Reply{}, ctx.Err()
	case err == nil && packet.PDUType == gosnmp.GetResponse:
		if try == 0 {
			s.wait.sample(s.conn.rtt)
		}
		s.known.Largest = max(s.known.Largest, s.conn.octets)
		return Reply{
			Status: int(packet.Error), Index: int(packet.ErrorIndex), Varbinds: fromGosnmp(packet.Variables),
			RTT: s.conn.rtt, Octets: s.conn.octets,
		}, nil
	case s.conn.report != "":
		reason := reportReason(s.conn.report)
		s.Close()
		s.usm, s.context = nil, "" // a replaced device has another engine: begin again
		return Reply{}, &RefusedError{reason}
	case err == nil:
		err = fmt.Errorf("answer of type %v", packet.PDUType)
	}
	if final && s.conn.heard {
		return Reply{}, &RefusedError{"answers cannot be read"}
	}
	pause(ctx, time.Until(until))
	return Reply{}, err
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// The counters of RFC 3414 section 5 and RFC 3412 section 5 that a Report names.
var reports = map[pdu.OID]string{
	pdu.MustOID("1.3.6.1.6.3.15.1.1.1.0"): "security level refused",
	pdu.MustOID("1.3.6.1.6.3.15.1.1.2.0"): "not in time window",
	pdu.MustOID("1.3.6.1.6.3.15.1.1.3.0"): "unknown user",
	pdu.MustOID("1.3.6.1.6.3.15.1.1.4.0"): "unknown engine id",
	pdu.MustOID("1.3.6.1.6.3.15.1.1.5.0"): "wrong authentication",
	pdu.MustOID("1.3.6.1.6.3.15.1.1.6.0"): "cannot be decrypted",
}

func reportReason(o pdu.OID) string {
	if reason, ok := reports[o]; ok {
		return reason
	}
	return "refused"
}

// connect opens the socket where there is none. The socket is closed when ctx
// ends, which is the only thing that interrupts a wait inside gosnmp.
func (s *Session) connect(ctx context.Context) error {
	if s.g != nil {
		return nil
	}
	host, port, err := s.o.hostPort()
	if err != nil {
		return err
	}
	if err := s.derive(ctx); err != nil {
		return err
	}
	g := s.client(ctx, host, port)
	if err := g.Connect(); err != nil {
		return err
	}
	raw := g.Conn
	s.conn = &filterConn{Conn: raw}
	g.Conn, s.g = s.conn, g
	s.stop = context.AfterFunc(ctx, func() { _ = raw.Close() })
	return nil
}

// Close closes the socket; the next request opens another, and looks the name up
// again. Keys, engine and limits are kept.
func (s *Session) Close() {
	if s.g == nil {
		return
	}
	s.stop()
	s.context = s.g.ContextEngineID
	_ = s.conn.Close() // a datagram socket has nothing to flush
	s.g, s.conn, s.stop = nil, nil, nil
}

// client returns gosnmp set up for one attempt at a time.
func (s *Session) client(ctx context.Context, host string, port uint16) *gosnmp.GoSNMP {
	g := &gosnmp.GoSNMP{
		Target: host, Port: port, Transport: "udp", Context: ctx, Timeout: max(s.o.Timeout, time.Second),
		Version: gosnmp.Version2c, Community: s.access.Community, MaxOids: maxIdentifiers,
	}
	switch s.o.Version {
	case "1":
		g.Version = gosnmp.Version1
	case "3":
		g.Version, g.MsgFlags, g.SecurityModel = gosnmp.Version3, gosnmp.AuthPriv, gosnmp.UserSecurityModel
		g.SecurityParameters, g.ContextEngineID = s.usm, s.context
	}
	return g
}

// maxIdentifiers bounds the identifiers of one request.
const maxIdentifiers = 128

// minPassphrase is the shortest passphrase of version 3, RFC 3414 section 11.2.
const minPassphrase = 8

// check reports passphrases that no device takes.
func (o *Options) check(a Access) error {
	if o.Version == "3" && (len(a.AuthPassphrase) < minPassphrase || len(a.PrivPassphrase) < minPassphrase) {
		return fmt.Errorf("a passphrase of version 3 has at least %d characters", minPassphrase)
	}
	return nil
}
