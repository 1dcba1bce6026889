package usm

import (
	"math"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// Fault is why a message was not opened: the last arc but one of its counter in
// usmStats, RFC 3414 section 5. The zero value is none.
type Fault uint32

// Faults.
const (
	UnknownLevel  Fault = 1
	NotInWindow   Fault = 2
	UnknownUser   Fault = 3
	UnknownEngine Fault = 4
	WrongDigest   Fault = 5
	Undecryptable Fault = 6
)

var usmStats = pdu.MustOID("1.3.6.1.6.3.15.1.1")

// Window is how far the time of a message may be off, RFC 3414 section 2.2.3, in seconds.
const Window = 150

// mostBoots is where the boots of an engine end, RFC 3414 section 2.2.2.
const mostBoots = math.MaxInt32

// authPriv is the one level that is taken.
const authPriv = ber.FlagAuth | ber.FlagPriv

// Level reports whether m is authenticated and encrypted.
func Level(m ber.Message3) bool { return m.Flags&authPriv == authPriv }

// Engine is an authoritative engine: of an agent, or of a receiver of INFORMs. It
// belongs to one goroutine.
type Engine struct {
	ID []byte
	// Boots counts the starts under this ID, from 1.
	Boots int64
	// Started is when engine time was 0.
	Started time.Time

	reports uint32
}

func (e *Engine) seconds(now time.Time) int64 { return int64(now.Sub(e.Started) / time.Second) }

// Open takes a message to this engine by the steps of RFC 3414 section 3.2, with
// the keys that the user's names stand for, and returns the ScopedPDU and the keys
// that fit. The keys also come with NotInWindow, for its Report is signed.
func (e *Engine) Open(b []byte, m ber.Message3, now time.Time, candidates []*Keys) ([]byte, *Keys, Fault) {
	switch {
	case string(m.EngineID) != string(e.ID):
		return nil, nil, UnknownEngine
	case len(candidates) == 0:
		return nil, nil, UnknownUser
	case !Level(m):
		return nil, nil, UnknownLevel
	}
	for _, k := range candidates {
		if !k.Verify(b, m) {
			continue
		}
		if off := m.Time - e.seconds(now); m.Boots != e.Boots || e.Boots >= mostBoots || off > Window || off < -Window {
			return nil, k, NotInWindow
		}
		scoped, ok := k.Decrypt(m)
		if !ok {
			return nil, nil, Undecryptable
		}
		return scoped, k, 0
	}
	return nil, nil, WrongDigest
}

// Report returns the Report that answers m, signed where there are keys; nil
// where m wants none.
func (e *Engine) Report(m ber.Message3, f Fault, now time.Time, k *Keys) []byte {
	if m.Flags&ber.FlagReportable == 0 {
		return nil
	}
	e.reports++
	p := ber.PDU{Type: ber.Report, Varbinds: []pdu.Varbind{{OID: usmStats.With(uint32(f), 0), Value: pdu.Count(e.reports)}}}
	flags := byte(0)
	if k != nil {
		flags = ber.FlagAuth
	}
	return e.answer(m, flags, now, k, ber.AppendScoped(nil, e.ID, "", p))
}

// Answer returns the answer to m with a ScopedPDU, signed and encrypted.
func (e *Engine) Answer(m ber.Message3, now time.Time, k *Keys, scoped []byte) []byte {
	return e.answer(m, authPriv, now, k, scoped)
}

// maxSize is the largest message that is taken: what UDP over IPv4 holds, in octets.
const maxSize = 65507

func (e *Engine) answer(m ber.Message3, flags byte, now time.Time, k *Keys, scoped []byte) []byte {
	a := ber.Message3{
		ID: m.ID, MaxSize: maxSize, Flags: flags, Model: ber.ModelUSM,
		EngineID: e.ID, Boots: e.Boots, Time: e.seconds(now), User: m.User, Scoped: scoped,
	}
	if k == nil {
		return a.Append(nil)
	}
	return k.Seal(a)
}

// Notion is what a receiver knows of the clock of another engine, RFC 3414
// section 2.3. The zero value knows nothing and takes what comes first.
type Notion struct {
	boots, latest int64
	at            time.Time // when latest came
}

// Take reports whether a message that was verified is in the window, and learns
// from it: RFC 3414 section 3.2, step 7b.
func (n *Notion) Take(boots, seconds int64, now time.Time) bool {
	if boots < 0 || seconds < 0 || boots >= mostBoots || seconds > math.MaxInt32 {
		return false
	}
	if n.at.IsZero() || boots > n.boots || boots == n.boots && seconds > n.latest {
		n.boots, n.latest, n.at = boots, seconds, now
		return true
	}
	return boots == n.boots && seconds >= n.latest+int64(now.Sub(n.at)/time.Second)-Window
}
