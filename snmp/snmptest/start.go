package snmptest

import "testing"

// What the user of Start is called and knows; it guards nothing.
const (
	UserName       = "rackvakt"
	AuthPassphrase = "auth-pass-phrase"
	PrivPassphrase = "priv-pass-phrase"
)

// TestUser returns the user of Start.
func TestUser() User {
	return User{Name: UserName, AuthProtocol: "sha256", AuthPassphrase: AuthPassphrase, PrivPassphrase: PrivPassphrase}
}

// Start has a listen on loopback until the test ends, with TestUser, and returns
// its address.
func Start(t testing.TB, a *Agent) string {
	t.Helper()
	if err := a.AddUser(TestUser()); err != nil {
		t.Fatal(err)
	}
	addr, err := a.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return addr
}
