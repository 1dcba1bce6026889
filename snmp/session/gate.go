package session

import (
	"context"
	"fmt"
	"time"

	"github.com/gosnmp/gosnmp"
)

// Gate lets one session at a time derive its keys of version 3, which hashes
// megabytes: twenty devices at the start must not keep a small processor from its
// other work. All sessions of a program share one.
type Gate struct {
	turn chan struct{} // holds one token
	free time.Time     // belongs to who holds the token
}

// NewGate returns an open Gate.
func NewGate() *Gate {
	g := &Gate{turn: make(chan struct{}, 1)}
	g.turn <- struct{}{}
	return g
}

// do calls work when it is its turn. After it the gate stays shut for as long as
// work took. A nil Gate is always open.
func (g *Gate) do(ctx context.Context, work func() error) error {
	if g == nil {
		return work()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-g.turn:
	}
	defer func() { g.turn <- struct{}{} }()
	if pause(ctx, time.Until(g.free)); ctx.Err() != nil {
		return ctx.Err()
	}
	began := time.Now()
	err := work()
	g.free = time.Now().Add(time.Since(began))
	return err
}

// derive hashes both passphrases before the first request of version 3. gosnmp
// keeps the hashes for the life of the program, so that localizing them to an
// engine costs next to nothing; aes192c and aes256c hash once more an engine.
func (s *Session) derive(ctx context.Context) error {
	if s.o.Version != "3" || s.usm != nil {
		return nil
	}
	p := s.parameters()
	p.AuthoritativeEngineID = "any engine"
	if err := s.o.Gate.do(ctx, p.InitSecurityKeys); err != nil {
		return fmt.Errorf("derive keys: %w", err)
	}
	s.usm = s.parameters()
	return nil
}

func (s *Session) parameters() *gosnmp.UsmSecurityParameters {
	return &gosnmp.UsmSecurityParameters{
		UserName:                 s.o.User,
		AuthenticationProtocol:   authProtocols[s.o.AuthProtocol],
		AuthenticationPassphrase: s.access.AuthPassphrase,
		PrivacyProtocol:          privProtocols[s.o.PrivProtocol],
		PrivacyPassphrase:        s.access.PrivPassphrase,
	}
}
