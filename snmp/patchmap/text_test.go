package patchmap

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// Every octet is read as the tables of golang.org/x/text read it.
func TestWindows1252(t *testing.T) {
	for b := range 256 {
		octet := []byte{byte(b)}
		want, err := charmap.Windows1252.NewDecoder().Bytes(octet)
		if err != nil {
			t.Fatal(err)
		}
		if got := fromWindows1252(octet); got != string(want) {
			t.Errorf("%#02x is %q, want %q", b, got, want)
		}
	}
}
