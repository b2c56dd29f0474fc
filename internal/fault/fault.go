// Package fault names the kinds of failure that a user can act on. The kind
// decides the exit code of a command and the status of an HTTP answer; the
// message names what is wrong, where, and the remedy.
package fault

import (
	"errors"
	"fmt"
)

// Kind classifies a failure by what the caller can do about it.
type Kind string

// The kinds, from the caller's mistakes to ours.
const (
	Invalid          Kind = "invalid"           // the input is wrong: mend it
	NotFound         Kind = "not_found"         // no such thing
	Conflict         Kind = "conflict"          // clashes with what is stored or running
	Unauthorized     Kind = "unauthorized"      // who are you?
	Forbidden        Kind = "forbidden"         // not allowed
	TooLarge         Kind = "too_large"         // over a limit
	InsufficientData Kind = "insufficient_data" // a result, not a mistake: more data are needed
	Unavailable      Kind = "unavailable"       // try again later
	Internal         Kind = "internal"          // our bug
)

// ErrInUse marks a Conflict with another process, which has the files now and
// will give them back.
var ErrInUse = errors.New("another process has the file")

// Error is a failure with a kind; its message is complete in itself.
type Error struct {
	Kind Kind
	err  error
}

// Error gives the message.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the cause that the message was made with, so that errors.Is and
// errors.As see it.
func (e *Error) Unwrap() error { return errors.Unwrap(e.err) }

// New makes a failure of a kind. A %w verb in format keeps the cause's chain.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, err: fmt.Errorf(format, args...)}
}

// KindOf gives the kind of the outermost Error in err's chain, Internal for
// any other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
