package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
)

func TestKindSurvivesWrapping(t *testing.T) {
	err := fmt.Errorf("import accounts.csv: %w", fault.New(fault.Invalid, "row 3: %w", io.ErrUnexpectedEOF))
	if got := fault.KindOf(err); got != fault.Invalid {
		t.Errorf("kind is %q, want invalid", got)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got, want := err.Error(), "import accounts.csv: row 3: unexpected EOF"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestKindOfOthers(t *testing.T) {
	if got := fault.KindOf(io.EOF); got != fault.Internal {
		t.Errorf("a foreign error is %q, want internal", got)
	}
	if got := fault.KindOf(nil); got != "" {
		t.Errorf("nil is %q, want none", got)
	}
}
