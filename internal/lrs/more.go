package lrs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/liftmark/liftmark/internal/fault"
)

// place is where in the answer to a query a page begins.
type place struct {
	Query
	After int64 `json:"z,omitempty"` // the last statement before it
}

// macSize is how much of the signature a token carries.
const macSize = 16

// seal gives the token of a place: the query and the place, signed. It says
// nothing that its reader has not asked for.
func (s *Service) seal(at place) string {
	text, err := json.Marshal(at)
	if err != nil {
		panic(err) // a place is plain data
	}
	return base64.RawURLEncoding.EncodeToString(append(s.sign(text), text...))
}

// open gives the place of a token.
func (s *Service) open(token string) (place, error) {
	refused := fault.New(fault.Invalid, "the token of this page is not one of this server or was changed; take the value of \"more\" as it is, or begin the query anew")
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) <= macSize || !hmac.Equal(s.sign(data[macSize:]), data[:macSize]) {
		return place{}, refused
	}
	var at place
	if err := json.Unmarshal(data[macSize:], &at); err != nil {
		return place{}, refused
	}
	return at, nil
}

// sign gives the signature of a token.
func (s *Service) sign(text []byte) []byte {
	mac := hmac.New(sha256.New, s.opt.Secret)
	mac.Write([]byte("page\x00"))
	mac.Write(text)
	return mac.Sum(nil)[:macSize]
}
