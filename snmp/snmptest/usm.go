package snmptest

import (
	"fmt"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/usm"
)

// User is a user of version 3 with authentication and privacy.
type User struct {
	Name string
	// AuthProtocol is md5, sha, sha224, sha256, sha384 or sha512.
	AuthProtocol, AuthPassphrase string
	// PrivPassphrase is for AES-128 in CFB mode, RFC 3826.
	PrivPassphrase string
}

// AddUser adds or replaces a user.
func (a *Agent) AddUser(u User) error {
	m, err := usm.New(usm.Secrets{
		AuthProtocol: u.AuthProtocol, AuthPassphrase: u.AuthPassphrase, PrivProtocol: "aes", PrivPassphrase: u.PrivPassphrase,
	})
	if err != nil {
		return fmt.Errorf("add user %s: %w", u.Name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users[u.Name] = m.Localize(a.engine.ID)
	return nil
}

// handle3 answers a message of version 3.
func (a *Agent) handle3(b []byte) []byte {
	m, err := ber.ParseMessage3(b)
	if err != nil || m.Model != ber.ModelUSM {
		return nil
	}
	now := time.Now()
	var candidates []*usm.Keys
	if k, ok := a.users[m.User]; ok {
		candidates = append(candidates, k)
	}
	plain, k, fault := a.engine.Open(b, m, now, candidates)
	if fault != 0 {
		a.stats.Reports++
		return a.engine.Report(m, fault, now, k)
	}
	_, context, q, err := ber.ParseScoped(plain)
	if err != nil {
		a.stats.Reports++
		return a.engine.Report(m, usm.Undecryptable, now, nil)
	}
	p, ok := a.respond(q, ber.V3, a.maxSize-messageOverhead3-len(a.engine.ID)*2-len(m.User)-len(m.AuthParams))
	if !ok {
		return nil
	}
	return a.engine.Answer(m, now, k, ber.AppendScoped(nil, a.engine.ID, context, p))
}

// messageOverhead3 bounds the fixed octets around the varbinds of a version 3 message.
const messageOverhead3 = 90
