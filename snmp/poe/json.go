package poe

import "encoding/json"

// told returns nil for "", so that it is null in JSON.
func told(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// MarshalJSON writes s with null for what was not told.
func (s Supply) MarshalJSON() ([]byte, error) {
	type plain Supply
	return json.Marshal(struct {
		plain
		Name       *string `json:"name"`
		StatusWord *string `json:"status"`
	}{plain(s), told(s.Name), told(s.StatusWord)})
}

// MarshalJSON writes p with null for what was not told.
func (p Port) MarshalJSON() ([]byte, error) {
	type plain Port
	return json.Marshal(struct {
		plain
		Name      *string `json:"name"`
		Admin     *string `json:"admin"`
		Detection *string `json:"detection"`
	}{plain(p), told(p.Name), told(p.Admin), told(p.Detection)})
}
