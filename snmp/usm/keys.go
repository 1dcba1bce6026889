// Package usm is the User-based Security Model of SNMPv3 (RFC 3414): keys from
// passphrases, digests, encryption, time windows and Reports, for both sides of a
// message.
//
// It refuses levels below authPriv, sockets and clocks: time comes with each call.
//
// Protocols: HMAC-MD5-96 and HMAC-SHA-96 (RFC 3414), HMAC-SHA-2 (RFC 7860), DES
// (RFC 3414 section 8), AES-128 (RFC 3826), and AES-192 and -256 with both ways
// of stretching a short key that devices use: of the Blumenthal draft (aes192,
// aes256) and of the Reeder draft (aes192c, aes256c).
//
// Worked example, RFC 3414 appendix A.3.2: passphrase "maplesyrup", SHA and engine
// id 00 00 00 00 00 00 00 00 00 00 00 02 give the key 66 95 FE BC 92 88 E3 62 82
// 23 5F C7 15 1F 12 84 97 B3 8F 3F.
package usm

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"slices"

	"rackvakt/snmp/ber"
)

// authProtocol is a hash and how many octets of its HMAC are sent.
type authProtocol struct {
	hash func() hash.Hash
	sent int
}

var authProtocols = map[string]authProtocol{
	"md5": {md5.New, 12}, "sha": {sha1.New, 12}, "sha224": {sha256.New224, 16},
	"sha256": {sha256.New, 24}, "sha384": {sha512.New384, 32}, "sha512": {sha512.New, 48},
}

// privProtocol is a cipher and the octets of key that it takes; DES takes eight
// of key and eight for its start values. stretch lengthens a key that is too short.
type privProtocol struct {
	des     bool
	size    int
	stretch func(a authProtocol, key, engineID []byte) []byte
}

var privProtocols = map[string]privProtocol{
	"des": {true, 16, blumenthal}, "aes": {false, 16, blumenthal},
	"aes192": {false, 24, blumenthal}, "aes256": {false, 32, blumenthal},
	"aes192c": {false, 24, reeder}, "aes256c": {false, 32, reeder},
}

// Known reports whether both protocols are ones of this package.
func Known(auth, priv string) (authKnown, privKnown bool) {
	_, authKnown = authProtocols[auth]
	_, privKnown = privProtocols[priv]
	return authKnown, privKnown
}

// Secrets are a user's protocols and passphrases.
type Secrets struct {
	// AuthProtocol is md5, sha, sha224, sha256, sha384 or sha512; PrivProtocol is
	// des, aes, aes192, aes256, aes192c or aes256c.
	AuthProtocol, AuthPassphrase string
	PrivProtocol, PrivPassphrase string
}

// String masks the passphrases.
func (s Secrets) String() string { return s.AuthProtocol + "/" + s.PrivProtocol + " ***" }

// GoString masks the passphrases.
func (s Secrets) GoString() string { return s.String() }

// Master holds a user's keys before they are localized to an engine. Making one
// hashes 2 MB; localizing it costs next to nothing, so that strangers who name
// engines cannot keep a receiver busy.
type Master struct {
	auth             authProtocol
	priv             privProtocol
	authKey, privKey []byte
}

// New derives a Master.
func New(s Secrets) (*Master, error) {
	auth, ok := authProtocols[s.AuthProtocol]
	if !ok {
		return nil, fmt.Errorf("unknown authentication protocol %q", s.AuthProtocol)
	}
	priv, ok := privProtocols[s.PrivProtocol]
	if !ok {
		return nil, fmt.Errorf("unknown privacy protocol %q", s.PrivProtocol)
	}
	if s.AuthPassphrase == "" || s.PrivPassphrase == "" {
		return nil, fmt.Errorf("a passphrase is empty")
	}
	return &Master{auth, priv, masterKey(auth.hash, []byte(s.AuthPassphrase)), masterKey(auth.hash, []byte(s.PrivPassphrase))}, nil
}

// masterKey hashes the passphrase repeated to 2^20 octets, RFC 3414 appendix A.2.
func masterKey(newHash func() hash.Hash, passphrase []byte) []byte {
	h := newHash()
	chunk := make([]byte, 0, 64*len(passphrase))
	for range 64 {
		chunk = append(chunk, passphrase...)
	}
	for left := 1 << 20; left > 0; left -= len(chunk) {
		h.Write(chunk[:min(left, len(chunk))])
	}
	return h.Sum(nil)
}

// localKey hashes the engine id between two copies of the key, RFC 3414 section 2.6.
func localKey(newHash func() hash.Hash, key, engineID []byte) []byte {
	h := newHash()
	h.Write(key)
	h.Write(engineID)
	h.Write(key)
	return h.Sum(nil)
}

// blumenthal appends the hash of the key to it.
func blumenthal(a authProtocol, key, _ []byte) []byte {
	h := a.hash()
	h.Write(key)
	return h.Sum(slices.Clone(key))
}

// reeder appends the localized key that the key gives as a passphrase.
func reeder(a authProtocol, key, engineID []byte) []byte {
	return append(slices.Clone(key), localKey(a.hash, masterKey(a.hash, key), engineID)...)
}

// Keys are a user's keys, localized to one engine.
type Keys struct {
	m        *Master
	engineID []byte
	authKey  []byte
	privKey  []byte // nil until it is needed: reeder hashes 1 MB
}

// Localize returns the keys for one engine.
func (m *Master) Localize(engineID []byte) *Keys {
	return &Keys{m: m, engineID: slices.Clone(engineID), authKey: localKey(m.auth.hash, m.authKey, engineID)}
}

// cipherKey returns the key for the cipher, of exactly its size.
func (k *Keys) cipherKey() []byte {
	if k.privKey == nil {
		key := localKey(k.m.auth.hash, k.m.privKey, k.engineID)
		if len(key) < k.m.priv.size {
			key = k.m.priv.stretch(k.m.auth, key, k.engineID)
		}
		k.privKey = key[:k.m.priv.size]
	}
	return k.privKey
}

// Verify checks the digest of b, in which m.AuthParams lies, and leaves b as it was.
func (k *Keys) Verify(b []byte, m ber.Message3) bool {
	if len(m.AuthParams) != k.m.auth.sent {
		return false
	}
	got := slices.Clone(m.AuthParams)
	clear(m.AuthParams)
	want := k.digest(b)
	copy(m.AuthParams, got)
	return hmac.Equal(got, want)
}

func (k *Keys) digest(b []byte) []byte {
	mac := hmac.New(k.m.auth.hash, k.authKey)
	mac.Write(b)
	return mac.Sum(nil)[:k.m.auth.sent]
}

// Decrypt returns the ScopedPDU of a message that was verified.
func (k *Keys) Decrypt(m ber.Message3) ([]byte, bool) {
	if len(m.PrivParams) != saltSize {
		return nil, false
	}
	if k.m.priv.des {
		return k.desDecrypt(m.Scoped, m.PrivParams)
	}
	return k.aes(m.Scoped, m, true), true
}

// Seal encodes m, whose Scoped is in clear: encrypted and signed as its flags say.
func (k *Keys) Seal(m ber.Message3) []byte {
	if m.Flags&ber.FlagPriv != 0 {
		m.PrivParams = newSalt()
		if k.m.priv.des {
			m.Scoped = k.desEncrypt(m.Scoped, m.PrivParams)
		} else {
			m.Scoped = k.aes(m.Scoped, m, false)
		}
	}
	if m.Flags&ber.FlagAuth == 0 {
		return m.Append(nil)
	}
	m.AuthParams = make([]byte, k.m.auth.sent)
	b := m.Append(nil)
	if signed, err := ber.ParseMessage3(b); err == nil { // it reads what it wrote
		copy(signed.AuthParams, k.digest(b))
	}
	return b
}

const saltSize = 8

// blockSize of AES, in octets.
const blockSize = aes.BlockSize
