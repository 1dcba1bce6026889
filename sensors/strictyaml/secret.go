package strictyaml

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// maxSecret bounds a secret's file, in bytes.
const maxSecret = 64 << 10

// Secret refers to a password or key that stands outside the configuration:
//
//	password: {file: /etc/rackvakt/snmp.pass}
//	password: {credential: snmp-auth}
//
// The zero value refers to nothing. The value itself is never kept here and
// never printed.
type Secret struct {
	// File is the path of a file that holds the secret; a trailing newline is cut.
	File string `yaml:"file" example:"/etc/rackvakt/secret"`
	// Credential is the name of a systemd credential (LoadCredential=).
	Credential string `yaml:"credential" example:"snmp-auth"`
}

// Set reports whether s refers to anything.
func (s Secret) Set() bool { return s.File != "" || s.Credential != "" }

// String masks the secret and tells only where it comes from.
func (s Secret) String() string {
	switch {
	case s.File != "":
		return "***(file " + s.File + ")"
	case s.Credential != "":
		return "***(credential " + s.Credential + ")"
	}
	return ""
}

// LogValue masks the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Path returns the file that holds the secret. A systemd credential lies in
// the folder that $CREDENTIALS_DIRECTORY names.
func (s Secret) Path() (string, error) {
	if s.File != "" {
		return s.File, nil
	}
	if s.Credential == "" {
		return "", errors.New("no secret configured")
	}
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", fmt.Errorf("credential %s: CREDENTIALS_DIRECTORY is not set; the unit needs LoadCredential=%s", s.Credential, s.Credential)
	}
	return filepath.Join(dir, s.Credential), nil
}

// Read returns the secret's value. An empty secret is an error.
func (s Secret) Read() (string, error) {
	path, err := s.Path()
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	if info.Size() > maxSecret {
		return "", fmt.Errorf("read secret %s: %d bytes, at most %d", path, info.Size(), maxSecret)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	value := strings.TrimRight(string(data), "\r\n")
	if value == "" {
		return "", fmt.Errorf("read secret %s: it is empty", path)
	}
	return value, nil
}

// Validate refuses a secret that names two sources, or a credential with a path.
func (s *Secret) Validate(r *Report) {
	if s.File != "" && s.Credential != "" {
		r.Bad("", "file and credential", "one of the two", "{file: "+s.File+"}")
	}
	if strings.ContainsAny(s.Credential, "/") {
		r.Bad("credential", s.Credential, "a name without /", "snmp-auth")
	}
}
