package usm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"encoding/binary"
	"slices"

	"rackvakt/snmp/ber"
)

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails, crypto/rand
	return salt
}

// aes is AES in CFB mode with 128-bit segments; the start value is boots, time
// and salt (RFC 3826 section 3.1.2.1).
func (k *Keys) aes(in []byte, m ber.Message3, decrypt bool) []byte {
	block, err := aes.NewCipher(k.cipherKey())
	if err != nil {
		panic(err) // the table of protocols holds a size that AES has not
	}
	feedback := binary.BigEndian.AppendUint32(nil, uint32(m.Boots))
	feedback = binary.BigEndian.AppendUint32(feedback, uint32(m.Time))
	return cfb(block, append(feedback, m.PrivParams...), in, decrypt)
}

func cfb(block cipher.Block, feedback, in []byte, decrypt bool) []byte {
	out := make([]byte, len(in))
	pad := make([]byte, blockSize)
	for at := 0; at < len(in); at += blockSize {
		block.Encrypt(pad, feedback)
		end := min(at+blockSize, len(in))
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

// desStart returns the cipher and its start value: the second half of the key
// with the salt over it (RFC 3414 section 8.1.1.1).
func (k *Keys) desStart(salt []byte) (cipher.Block, []byte) {
	key := k.cipherKey()
	block, err := des.NewCipher(key[:des.BlockSize])
	if err != nil {
		panic(err) // the key has the one size that DES has
	}
	start := slices.Clone(key[des.BlockSize:])
	for i := range start {
		start[i] ^= salt[i]
	}
	return block, start
}

func (k *Keys) desEncrypt(in, salt []byte) []byte {
	block, start := k.desStart(salt)
	out := slices.Clone(in)
	for len(out)%des.BlockSize != 0 {
		out = append(out, 0)
	}
	cipher.NewCBCEncrypter(block, start).CryptBlocks(out, out)
	return out
}

func (k *Keys) desDecrypt(in, salt []byte) ([]byte, bool) {
	if len(in)%des.BlockSize != 0 {
		return nil, false
	}
	block, start := k.desStart(salt)
	out := make([]byte, len(in))
	cipher.NewCBCDecrypter(block, start).CryptBlocks(out, in)
	return out, true
}
