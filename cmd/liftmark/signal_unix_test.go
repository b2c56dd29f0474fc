//go:build unix

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/load"
)

// A request whose body comes slowly keeps the server from ending for up to half a
// minute; who does not want to wait sends a second signal.
func TestSecondSignalEndsTheServerAtOnce(t *testing.T) {
	t.Setenv(asProgram, "1")
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			s, err := load.StartServer(t.Context(), os.Args[0], t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Kill() })
			held := hold(t, s)
			send(t, s, signal)
			if err := eventuallyRefuses(t.Context(), held.RemoteAddr().String()); err != nil {
				t.Fatalf("after the first signal: %v", err)
			}
			if err := syscall.Kill(s.PID(), 0); err != nil {
				t.Fatalf("the server did not wait for the request under way: %v", err)
			}
			send(t, s, signal)
			began := time.Now()
			err = s.Wait()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %s to end", took)
			}
			var ended *exec.ExitError
			if !errors.As(err, &ended) {
				t.Fatalf("the server ended with %v", err)
			}
			if status, ok := ended.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != signal { //nolint:misspell // the name of the method
				t.Errorf("the server ended with %v, want by the signal %s", ended, signal)
			}
		})
	}
}

// hold begins a request and returns when the server waits for the rest of it.
func hold(t *testing.T, s *load.Server) net.Conn {
	t.Helper()
	key, secret, err := s.Credential(t.Context(), "--label", "slow", "--scope", "all")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"+secret))
	_, err = fmt.Fprintf(conn, "POST /xapi/statements HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\nX-Experience-API-Version: 1.0.3\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n", basic)
	if err != nil {
		t.Fatal(err)
	}
	go func() { // goes on slowly, so that it is not cut off
		for err := error(nil); err == nil; time.Sleep(50 * time.Millisecond) { // the pace of a slow client, above the least that is allowed
			_, err = conn.Write([]byte(strings.Repeat(" ", 512)))
		}
	}()
	// The server asks for the body when it begins to read it.
	answer := make([]byte, len("HTTP/1.1 100 Continue"))
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 100 Continue" {
		t.Fatalf("the server says %q, %v", answer, err)
	}
	return conn
}

func send(t *testing.T, s *load.Server, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(s.PID(), signal); err != nil {
		t.Fatal(err)
	}
}

// eventuallyRefuses waits until nobody listens at an address any more.
func eventuallyRefuses(ctx context.Context, address string) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // between two attempts: nothing tells when a listener has closed
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil
		}
		_ = conn.Close()
	}
	return errors.New("the server still takes connections")
}
