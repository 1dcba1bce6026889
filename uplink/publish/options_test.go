package publish

import (
	"strings"
	"testing"

	"rackvakt/sensors/strictyaml"
)

// An address with a password is refused, and the refusal does not repeat it.
func TestAddressWithPassword(t *testing.T) {
	o := DefaultOptions()
	problems := strictyaml.Decode("f.yaml", []byte("broker: \"tls://closet:hemlig@collector.region.example\"\n"), &o)
	err := problems.Err()
	if err == nil || !strings.Contains(err.Error(), "without a user") || strings.Contains(err.Error(), "hemlig") {
		t.Errorf("%v", err)
	}
}
