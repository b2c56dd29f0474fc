package fault

import (
	"errors"
	"net/http"
)

// Statused is an error that knows the status that answers it, such as that of a
// body that comes too slowly.
type Statused interface {
	error
	HTTPStatus() int
}

var statuses = map[Kind]int{
	Invalid:          http.StatusBadRequest,
	NotFound:         http.StatusNotFound,
	Conflict:         http.StatusConflict,
	Unauthorized:     http.StatusUnauthorized,
	Forbidden:        http.StatusForbidden,
	TooLarge:         http.StatusRequestEntityTooLarge,
	InsufficientData: http.StatusUnprocessableEntity,
	Unavailable:      http.StatusServiceUnavailable,
	Internal:         http.StatusInternalServerError,
}

// HTTPStatus gives the status that answers an error: its own if it is Statused,
// else that of its kind.
func HTTPStatus(err error) int {
	var own Statused
	if errors.As(err, &own) {
		return own.HTTPStatus()
	}
	return statuses[KindOf(err)]
}
