package trap

import (
	"strings"
	"testing"

	"rackvakt/sensors/strictyaml"
)

func TestOptions(t *testing.T) {
	const user = `users: [{device: sw1, user: traps, auth_passphrase: {file: /a}, priv_passphrase: {file: /b}}]`
	for src, bad := range map[string]string{
		``:                          "",
		`listen: "0.0.0.0:162"`:     "community",
		`community: {file: /etc/c}`: "",
		"listen: \"0.0.0.0:162\"\ncommunity: {file: /etc/c}": "",
		"listen: \":162\"\n" + user:                          "",
		"listen: 162\n" + user:                               "listen",
		"listen: \"closet:162\"\n" + user:                    "listen",
		"listen: \"0.0.0.0:snmptrap\"\n" + user:              "listen",
		"listen: \":162\"\n" + strings.Replace(user, "user: traps", "user: traps, engine_id: \"80001f8804\"", 1): "",
		"listen: \":162\"\n" + strings.Replace(user, "user: traps", "user: traps, engine_id: \"80001f\"", 1):     "engine_id",
		"listen: \":162\"\n" + strings.Replace(user, "user: traps", "user: traps, engine_id: sw1", 1):            "engine_id",
		"listen: \":162\"\n" + strings.Replace(user, "user: traps", "user: \"\"", 1):                             "user",
		"listen: \":162\"\n" + strings.Replace(user, "user: traps", "user: u, auth_protocol: md4", 1):            "auth_protocol",
		"listen: \":162\"\n" + strings.Replace(user, "user: traps", "user: u, priv_protocol: 3des", 1):           "priv_protocol",
		"listen: \":162\"\n" + strings.Replace(user, "auth_passphrase: {file: /a}, ", "", 1):                     "auth_passphrase",
		"listen: \":162\"\n" + strings.Replace(user, ", priv_passphrase: {file: /b}", "", 1):                     "priv_passphrase",
	} {
		var o Options
		problems := strictyaml.Decode("f.yaml", []byte(src), &o)
		switch {
		case bad == "" && len(problems) > 0:
			t.Errorf("%q: %v", src, problems)
		case bad != "" && (len(problems) != 1 || !strings.HasSuffix(problems[0].Key, bad)):
			t.Errorf("%q: %v, want one of %s", src, problems, bad)
		}
	}
}
