package server_test

import (
	"bufio"
	"net/http"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/internal/server"
)

// still is a record store in which nothing happens.
type still struct{ lrs.Store }

func (still) ConsistentThrough() time.Time { return time.Unix(0, 0) }

func TestStatementsThatComeTooSlowlyAreAnsweredSo(t *testing.T) {
	c := open(t, func(c *company) {
		c.opt.Limits = server.Limits{BodyStart: 150 * time.Millisecond, BytesPerSecond: 1 << 20}
		c.parts["acme"].XAPI = protocol.New(lrs.New(still{}, lrs.Options{}), protocol.Options{})
	})
	lms := c.let("acme", access.Wish{})
	head := "POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Experience-API-Version: 1.0.3\r\n" +
		"Authorization: " + basic(lms.Credential.ID, lms.Secret) + "\r\n"
	for name, text := range map[string]string{
		"of known length": head + "Content-Length: 900\r\n\r\n[",
		"in chunks":       head + "Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := raw(t, c, text)
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if resp.StatusCode != http.StatusRequestTimeout {
				t.Errorf("status %d, want %d", resp.StatusCode, http.StatusRequestTimeout)
			}
		})
	}
}
