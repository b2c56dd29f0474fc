package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"

	driver "github.com/duckdb/duckdb-go/v2"
)

// connector opens connections to the engine.
type connector struct {
	*driver.Connector
	changes *atomic.Uint64 // what was done to the facts, or may have been
}

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
	return &connection{engine, c.changes}, nil
}

// connection is one to the engine on which a cancelled query leaves nothing.
//
// One that is cancelled after it was planned and before it ran stays with its
// connection until the next one begins, and its transaction with it. The two hold
// each other: closed like that, neither goes away, the engine keeps file and
// memory, and whoever opens the file again in the same process waits for ever
// (https://github.com/duckdb/duckdb/issues/25965). Prepared statements are not
// seen to: nothing here prepares any.
type connection struct {
	*driver.Conn
	changes *atomic.Uint64
}

// Engine is the driver's connection, for what database/sql has no way to say.
func (c *connection) Engine() *driver.Conn { return c.Conn }

// ExecContext implements driver.ExecerContext.
func (c *connection) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	c.changes.Add(1)
	c.clear(ctx, err)
	return result, err
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	c.clear(ctx, err)
	return rows, err
}

// BeginTx implements driver.ConnBeginTx.
func (c *connection) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	c.clear(ctx, err)
	if err != nil {
		return nil, err
	}
	return &transaction{tx, c.changes}, nil
}

// transaction is one whose end is counted, for others see its changes then.
type transaction struct {
	sqldriver.Tx
	changes *atomic.Uint64
}

// Commit implements driver.Tx.
func (t *transaction) Commit() error {
	err := t.Tx.Commit()
	t.changes.Add(1)
	return err
}

// clear begins another query after one that was cancelled, whatever becomes of it.
func (c *connection) clear(ctx context.Context, err error) {
	if err != nil && ctx.Err() != nil {
		_, _ = c.Conn.ExecContext(context.Background(), "SELECT 1", nil)
	}
}
