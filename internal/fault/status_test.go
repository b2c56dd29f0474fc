package fault_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
)

type teapot struct{}

func (teapot) Error() string   { return "short and stout" }
func (teapot) HTTPStatus() int { return http.StatusTeapot }

func TestHTTPStatus(t *testing.T) {
	for err, want := range map[error]int{
		fault.New(fault.Invalid, "row 3"):                         http.StatusBadRequest,
		fmt.Errorf("import: %w", fault.New(fault.TooLarge, "it")): http.StatusRequestEntityTooLarge,
		fault.New(fault.InsufficientData, "too few"):              http.StatusUnprocessableEntity,
		io.EOF: http.StatusInternalServerError,
		fault.New(fault.Invalid, "the body: %w", teapot{}): http.StatusTeapot,
	} {
		if got := fault.HTTPStatus(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
