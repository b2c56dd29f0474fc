package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/liftmark/liftmark/internal/fault"
)

// LocalPath is where a server proves that it knows its local token. Whoever is
// about to send the token asks there first: a server that was killed leaves its
// address behind, and the port may be another program's by now.
const LocalPath = "/local"

// maxNonce bounds what a proof is asked for.
const maxNonce = 128

// LocalProof is the answer to the query parameter nonce, a text that was never
// asked before: HMAC-SHA-256 of it with the local token as key, in hexadecimal.
// It says nothing of the token.
func LocalProof(token, nonce string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("liftmark server\x00" + nonce))
	return hex.EncodeToString(mac.Sum(nil))
}

// proveLocal answers with the proof.
func (s *Server) proveLocal(w http.ResponseWriter, r *http.Request) {
	nonce := r.URL.Query().Get("nonce")
	switch {
	case s.opt.LocalToken == "":
		s.fail(w, r, fault.New(fault.NotFound, "this server has no local token"))
	case nonce == "" || len(nonce) > maxNonce:
		s.fail(w, r, fault.New(fault.Invalid, "the query parameter nonce must have 1 to %d bytes", maxNonce))
	default:
		plain(w, http.StatusOK, LocalProof(s.opt.LocalToken, nonce)+"\n")
	}
}
