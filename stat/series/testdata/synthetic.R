# Writes synthetic.json: synthetic controls and synthetic difference-in-differences
# of a simulated panel, solved with quadprog. Run in this folder: Rscript synthetic.R
suppressMessages({library(quadprog); library(jsonlite)})
set.seed(20261122)
N <- 16; P <- 14; T0 <- 10
load <- cbind(runif(N), rnorm(N)); fac <- rbind(cumsum(rnorm(P, 0.4)), sin(seq_len(P)))
Y <- round(20 + 4 * load[, 1] + 6 * load %*% fac + matrix(rnorm(N * P, 0, 0.8), N), 3)
X <- round(cbind(load[, 1] + rnorm(N, 0, 0.2), load[, 2] + rnorm(N, 0, 0.2), rnorm(N)), 3)
tr <- c(2, 5, 9); Y[tr, (T0 + 1):P] <- Y[tr, (T0 + 1):P] + 3

# min ‖A w − b‖² + eta ‖w‖² over the simplex, Gram scaled to order one
simplex <- function(A, b, eta = 0) {
  D <- crossprod(A) + diag(eta, ncol(A)); k <- max(abs(D))
  w <- pmax(solve.QP(D / k, crossprod(A, b) / k, cbind(1, diag(ncol(A))), c(1, rep(0, ncol(A))), meq = 1)$solution, 0)
  w / sum(w)
}
centre <- function(M) sweep(M, 2, colMeans(M))
sdid <- function(Y, tr, T0, zeta = NULL, omega = NULL, lambda = NULL, kind = "sdid") {
  co <- setdiff(seq_len(nrow(Y)), tr); P <- ncol(Y); pre <- 1:T0; post <- (T0 + 1):P
  noise <- sd(as.vector(apply(Y[co, pre], 1, diff)))
  if (is.null(zeta)) zeta <- c(if (kind == "sdid") (length(tr) * length(post))^0.25 * noise else 1e-6 * noise, 1e-6 * noise)
  target <- colMeans(Y[tr, , drop = FALSE])
  if (is.null(omega)) omega <- if (kind == "sdid") simplex(centre(t(Y[co, pre])), target[pre] - mean(target[pre]), zeta[1]^2 * T0) else simplex(t(Y[co, pre]), target[pre], zeta[1]^2 * T0)
  if (is.null(lambda)) { b <- rowMeans(Y[co, post, drop = FALSE]); lambda <- if (kind == "sdid") simplex(centre(Y[co, pre]), b - mean(b), zeta[2]^2 * length(co)) else rep(0, T0) }
  gap <- target - as.numeric(omega %*% Y[co, ]); by <- gap - sum(lambda * gap[pre])
  list(effect = mean(by[post]), by_period = by, omega = omega, lambda = lambda, zeta = zeta)
}
jack <- function(e, Y, tr, T0) {
  co <- setdiff(seq_len(nrow(Y)), tr)
  u <- sapply(seq_len(nrow(Y)), function(i) {
    w <- e$omega[co != i]; keep <- setdiff(seq_len(nrow(Y)), i); t2 <- match(setdiff(tr, i), keep)
    sdid(Y[keep, ], t2, T0, zeta = e$zeta, omega = w / sum(w), lambda = e$lambda)$effect })
  n <- length(u); sqrt((n - 1) / n * sum((u - mean(u))^2))
}
boot <- function(e, Y, tr, T0, R = 2000) {
  is <- seq_len(nrow(Y)) %in% tr
  z <- replicate(R, repeat { s <- sort(sample(nrow(Y), replace = TRUE)); if (any(is[s]) && sum(!is[s]) > 1) { return(sdid(Y[s, ], which(is[s]), T0, zeta = e$zeta)$effect) } })
  sqrt(mean((z - mean(z))^2))
}
placebo <- function(e, Y, tr, T0, R = 2000) {
  co <- setdiff(seq_len(nrow(Y)), tr)
  z <- replicate(R, { s <- sample(co); sdid(Y[s, ], seq(length(s) - length(tr) + 1, length(s)), T0, zeta = e$zeta)$effect })
  sqrt(mean((z - mean(z))^2))
}
e <- sdid(Y, tr, T0)

# two cohorts, starting in periods 8 and 11 (1-based 9 and 12), beside 12 never-treated
start <- rep(-1, N); start[c(2, 5)] <- 8; start[c(9, 12)] <- 11
never <- which(start < 0)
cohort <- function(g) { u <- c(which(start == g), never); sdid(Y[u, ], seq_len(sum(start == g)), g)$effect }
g8 <- cohort(8); g11 <- cohort(11); staggered <- (2 * 6 * g8 + 2 * 3 * g11) / (12 + 6)

# one treated unit, with predictors
one <- 2; pool <- setdiff(seq_len(N), c(tr[-1], one)); Z <- Y[c(one, pool), ]; W <- X[c(one, pool), ]
S <- sweep(W, 2, apply(W, 2, sd), "/")
inner <- function(v) simplex(sqrt(v) * t(S[-1, ]), sqrt(v) * S[1, ], 1e-10)
mspe <- function(w) mean((Z[1, 1:T0] - as.numeric(w %*% Z[-1, 1:T0]))^2)
v <- c(0.5, 0.3, 0.2)
# the treated unit lies inside the donors' hull: of all weights that match it exactly, the most even
J <- nrow(S) - 1; w <- solve.QP(diag(J), rep(0, J), cbind(1, S[-1, ], diag(J)), c(1, S[1, ], rep(0, J)), meq = 1 + ncol(S))$solution
share <- function(r) r^2 / sum(r^2)
best <- Inf
for (k in 1:40) { o <- optim(rnorm(3), function(r) mspe(inner(share(r))), control = list(maxit = 2000, reltol = 1e-12)); best <- min(best, o$value) }
far <- W; far[1, ] <- far[1, ] + c(1.2, -0.4, 2.5); F <- sweep(far, 2, apply(far, 2, sd), "/") # outside the donors' hull
fw <- simplex(sqrt(v) * t(F[-1, ]), sqrt(v) * F[1, ], 1e-10)
plain <- simplex(t(Z[-1, 1:T0]), Z[1, 1:T0], 0.5)
write_json(list(
  session = list(R = as.character(getRversion()), quadprog = as.character(packageVersion("quadprog"))),
  outcome = Y, before = T0, treated = tr - 1,
  sdid = c(e, list(jackknife = jack(e, Y, tr, T0), bootstrap = boot(e, Y, tr, T0), placebo = placebo(e, Y, tr, T0), replicates = 2000)),
  staggered = list(start = start, cohorts = c(g8, g11), effect = staggered),
  sc = sdid(Y, tr, T0, kind = "sc"),
  single = list(outcome = Z, predictors = W, importance = v, weights = w, gap = Z[1, ] - as.numeric(w %*% Z[-1, ]), mspe = mspe(w), far = far, far_weights = fw, best_mspe = best,
    ridge = 0.5, ridge_weights = plain, ridge_gap = Z[1, ] - as.numeric(plain %*% Z[-1, ]))),
  "synthetic.json", digits = I(17), auto_unbox = TRUE)
