package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/client"
	"github.com/liftmark/liftmark/internal/server"
)

const token = "local_what-the-killed-server-left-behind"

// listener answers everything with 200 and keeps what it was sent.
type listener struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string
}

func listen(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.sent = append(l.sent, r.URL.Path+" "+r.Header.Get("Authorization"))
		l.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) heardToken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(strings.Join(l.sent, "\n"), token)
}

// After kill -9 the address stays in the file, and its port may be another
// program's: one of another user, who collects tokens.
func TestAnotherProgramAtTheAddressGetsNoToken(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"says yes to everything": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) },
		"proves another token": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(server.LocalProof("local_another", r.URL.Query().Get("nonce")) + "\n"))
		},
		"sends elsewhere": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
	} {
		l := listen(t, answer)
		w, err := client.Dial(t.Context(), l.URL, token, "default", nil, time.UTC)
		if w != nil || err != nil || l.heardToken() {
			t.Errorf("%s: workspace %v, error %v, heard %q; want nobody there and no token sent", name, w, err, l.sent)
		}
	}
}

func TestServerThatProvesTheTokenIsAsked(t *testing.T) {
	l := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == server.LocalPath {
			_, _ = w.Write([]byte(server.LocalProof(token, r.URL.Query().Get("nonce")) + "\n"))
			return
		}
		_, _ = w.Write([]byte(`{"company":"Acme"}`))
	})
	w, err := client.Dial(t.Context(), l.URL, token, "default", nil, time.UTC)
	if err != nil || w == nil || w.Company != "Acme" || !l.heardToken() {
		t.Errorf("workspace %+v, error %v, heard %q", w, err, l.sent)
	}
}
