package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"

	driver "github.com/duckdb/duckdb-go/v2"
)

// connector opens connections to the engine.
type connector struct{ *driver.Connector }

// Connect opens one.
func (c connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	engine, ok := conn.(*driver.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the engine's connection is a %T", conn), conn.Close())
	}
	return &connection{engine}, nil
}

// connection is one to the engine that leaves nothing behind.
//
// A query that is cancelled after it was planned and before it ran stays with
// its connection until the next one begins. The two hold each other: closed like
// that, neither goes away, the engine keeps file and memory, and whoever opens
// the file again in the same process waits for ever
// (https://github.com/duckdb/duckdb/issues/25965).
type connection struct{ *driver.Conn }

// Engine is the driver's connection, for what database/sql has no way to say.
func (c *connection) Engine() *driver.Conn { return c.Conn }

// Close begins another query, whatever becomes of it, and closes.
func (c *connection) Close() error {
	_, _ = c.ExecContext(context.Background(), "SELECT 1", nil)
	return c.Conn.Close()
}
