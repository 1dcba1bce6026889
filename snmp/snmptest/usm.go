package snmptest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

// User is a user of version 3 with authentication and privacy.
type User struct {
	Name string
	// AuthProtocol is md5, sha, sha224, sha256, sha384 or sha512.
	AuthProtocol, AuthPassphrase string
	// PrivPassphrase is for AES-128 in CFB mode, RFC 3826.
	PrivPassphrase string
}

// authProtocol is a hash and how much of its HMAC is sent, RFC 3414 and 7860.
type authProtocol struct {
	hash func() hash.Hash
	sent int
}

var authProtocols = map[string]authProtocol{
	"md5": {md5.New, 12}, "sha": {sha1.New, 12}, "sha224": {sha256.New224, 16},
	"sha256": {sha256.New, 24}, "sha384": {sha512.New384, 32}, "sha512": {sha512.New, 48},
}

// user is a User with its keys, localized to the engine.
type user struct {
	auth    authProtocol
	authKey []byte
	privKey []byte
}

// AddUser adds or replaces a user.
func (a *Agent) AddUser(u User) error {
	auth, ok := authProtocols[u.AuthProtocol]
	if !ok {
		return fmt.Errorf("add user %s: unknown protocol %q", u.Name, u.AuthProtocol)
	}
	if u.AuthPassphrase == "" || u.PrivPassphrase == "" {
		return fmt.Errorf("add user %s: a passphrase is empty", u.Name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users[u.Name] = user{
		auth:    auth,
		authKey: localKey(auth.hash, u.AuthPassphrase, a.engineID),
		privKey: localKey(auth.hash, u.PrivPassphrase, a.engineID)[:aes.BlockSize],
	}
	return nil
}

// localKey is RFC 3414 section 2.6 with appendix A.2: the passphrase repeated to
// 2^20 octets and hashed, then hashed again with the engine id between two copies.
func localKey(newHash func() hash.Hash, passphrase string, engineID []byte) []byte {
	h := newHash()
	chunk := make([]byte, 1<<20)
	for i := range chunk {
		chunk[i] = passphrase[i%len(passphrase)]
	}
	h.Write(chunk)
	key := h.Sum(nil)
	h.Reset()
	h.Write(key)
	h.Write(engineID)
	h.Write(key)
	return h.Sum(nil)
}

// Counters of RFC 3414 section 5, sent in Reports.
var (
	unknownLevel  = pdu.MustOID("1.3.6.1.6.3.15.1.1.1.0")
	notInWindow   = pdu.MustOID("1.3.6.1.6.3.15.1.1.2.0")
	unknownUser   = pdu.MustOID("1.3.6.1.6.3.15.1.1.3.0")
	unknownEngine = pdu.MustOID("1.3.6.1.6.3.15.1.1.4.0")
	wrongDigest   = pdu.MustOID("1.3.6.1.6.3.15.1.1.5.0")
	decryption    = pdu.MustOID("1.3.6.1.6.3.15.1.1.6.0")
)

// timeWindow is RFC 3414 section 2.2.3, in seconds.
const timeWindow = 150

// handle3 answers a message of version 3 by the steps of RFC 3414 section 3.2.
func (a *Agent) handle3(b []byte) []byte {
	m, err := ber.ParseMessage3(b)
	if err != nil || m.Model != ber.ModelUSM {
		return nil
	}
	if string(m.EngineID) != string(a.engineID) {
		return a.report(m, unknownEngine, nil)
	}
	u, ok := a.users[m.User]
	switch {
	case !ok:
		return a.report(m, unknownUser, nil)
	case m.Flags&(ber.FlagAuth|ber.FlagPriv) != ber.FlagAuth|ber.FlagPriv:
		return a.report(m, unknownLevel, nil)
	case !u.verify(b, m):
		return a.report(m, wrongDigest, nil)
	case m.Boots != a.boots || abs(m.Time-a.engineTime()) > timeWindow:
		return a.report(m, notInWindow, &u)
	}
	plain, ok := u.crypt(m.Scoped, m.Boots, m.Time, m.PrivParams, true)
	if !ok {
		return a.report(m, decryption, nil)
	}
	_, context, q, err := ber.ParseScoped(plain)
	if err != nil {
		return a.report(m, decryption, nil)
	}
	p, ok := a.respond(q, ber.V3, a.maxSize-messageOverhead3-len(a.engineID)*2-len(m.User)-u.auth.sent)
	if !ok {
		return nil
	}
	return a.seal(m, u, ber.FlagAuth|ber.FlagPriv, ber.AppendScoped(nil, a.engineID, context, p))
}

// messageOverhead3 bounds the fixed octets around the varbinds of a version 3 message.
const messageOverhead3 = 90

func abs(n int64) int64 { return max(n, -n) }

func (a *Agent) engineTime() int64 { return int64(time.Since(a.started) / time.Second) }

// verify checks the digest of b, in which m.AuthParams lies.
func (u user) verify(b []byte, m ber.Message3) bool {
	if len(m.AuthParams) != u.auth.sent {
		return false
	}
	got := append([]byte(nil), m.AuthParams...)
	clear(m.AuthParams)
	return hmac.Equal(got, u.digest(b))
}

func (u user) digest(b []byte) []byte {
	mac := hmac.New(u.auth.hash, u.authKey)
	mac.Write(b)
	return mac.Sum(nil)[:u.auth.sent]
}

// crypt is AES-128 in CFB mode with 128-bit segments; the start value is boots,
// time and the eight octets of salt (RFC 3826 section 3.1.2.1).
func (u user) crypt(in []byte, boots, seconds int64, salt []byte, decrypt bool) ([]byte, bool) {
	block, err := aes.NewCipher(u.privKey)
	if err != nil || len(salt) != 8 {
		return nil, false
	}
	feedback := binary.BigEndian.AppendUint32(nil, uint32(boots))
	feedback = binary.BigEndian.AppendUint32(feedback, uint32(seconds))
	return cfb(block, append(feedback, salt...), in, decrypt), true
}

func cfb(block cipher.Block, feedback, in []byte, decrypt bool) []byte {
	out := make([]byte, len(in))
	pad := make([]byte, aes.BlockSize)
	for at := 0; at < len(in); at += aes.BlockSize {
		block.Encrypt(pad, feedback)
		end := min(at+aes.BlockSize, len(in))
		for i := at; i < end; i++ {
			out[i] = in[i] ^ pad[i-at]
		}
		cipherText := out
		if decrypt {
			cipherText = in
		}
		feedback = append(feedback[:0], cipherText[at:end]...)
	}
	return out
}

// report returns a Report of a counter; with u it is authenticated.
func (a *Agent) report(m ber.Message3, counter pdu.OID, u *user) []byte {
	a.stats.Reports++
	if m.Flags&ber.FlagReportable == 0 {
		return nil
	}
	p := ber.PDU{Type: ber.Report, Varbinds: []pdu.Varbind{{OID: counter, Value: pdu.Count(uint32(a.stats.Reports))}}}
	scoped := ber.AppendScoped(nil, a.engineID, "", p)
	if u == nil {
		return a.seal(m, user{}, 0, scoped)
	}
	return a.seal(m, *u, ber.FlagAuth, scoped)
}

// seal wraps a ScopedPDU as the answer to m, encrypted and signed as flags say.
func (a *Agent) seal(m ber.Message3, u user, flags byte, scoped []byte) []byte {
	answer := ber.Message3{
		ID: m.ID, MaxSize: 65507, Flags: flags, Model: ber.ModelUSM,
		EngineID: a.engineID, Boots: a.boots, Time: a.engineTime(), User: m.User, Scoped: scoped,
	}
	if flags&ber.FlagPriv != 0 {
		salt := make([]byte, 8)
		_, _ = rand.Read(salt) // never fails, crypto/rand
		sealed, ok := u.crypt(scoped, answer.Boots, answer.Time, salt, false)
		if !ok {
			return nil
		}
		answer.PrivParams, answer.Scoped = salt, sealed
	}
	if flags&ber.FlagAuth == 0 {
		return answer.Append(nil)
	}
	answer.AuthParams = make([]byte, u.auth.sent)
	b := answer.Append(nil)
	signed, err := ber.ParseMessage3(b)
	if err != nil {
		return nil
	}
	copy(signed.AuthParams, u.digest(b))
	return b
}
