# Bounds on violations of parallel trends, computed from the papers' formulas by
# brute force (all sign patterns of the optimum, all vertices of the dual), for
# stat/did. Rscript honest.R BCdata_EventStudy.rda ehec_data.dta > honest.json
#
# Inputs, both public: the event study of Benzarti and Carloni (2019) that R's
# HonestDiD carries, and the Medicaid panel of the Mixtape course that its README
# analyses. The fields "published" are what that README printed (full precision
# from its cache; HonestDiD draws its critical values and searches a grid).
suppressMessages({library(jsonlite); library(haven)})
a <- commandArgs(TRUE); load(a[1]); d <- as.data.frame(zap_labels(read_dta(a[2])))
bc <- BCdata_EventStudy

# ---- the README's regression, clustered by state, fixest's small-sample factor
d <- d[d$year < 2016 & (is.na(d$yexp2) | d$yexp2 != 2015), ]; d$D <- as.integer(!is.na(d$yexp2) & d$yexp2 == 2014)
years <- setdiff(sort(unique(d$year)), 2013)
X <- sapply(years, function(y) d$D * (d$year == y))
F <- model.matrix(~ factor(stfips) + factor(year), d)
Xt <- lm.fit(F, X)$residuals; yt <- lm.fit(F, d$dins)$residuals
b <- solve(crossprod(Xt), crossprod(Xt, yt)); e <- c(yt - Xt %*% b)
S <- rowsum(Xt * e, d$stfips); G <- nrow(S); n <- nrow(d); k <- ncol(X) + length(unique(d$year))
V <- solve(crossprod(Xt)) %*% crossprod(S) %*% solve(crossprod(Xt)) * G / (G - 1) * (n - 1) / (n - k)

# ---- smoothness: the fixed-length interval
cv <- function(b, level) uniroot(function(c) pnorm(c - b) - pnorm(-c - b) - level, c(0, b + 10), tol = 1e-14)$root
flci <- function(beta, V, pre, l, M, level = .95) {
  post <- length(beta) - pre
  # weights on the points from w0, w1 ...: second differences
  tov <- function(w) { w <- c(w, 0, 0); rev(sapply(1:pre, function(s) w[s] - 2 * w[s + 1] + w[s + 2])) }
  w0 <- sum(seq_along(l) * l)
  fixed <- abs(w0) + if (post > 1) sum(sapply(1:(post - 1), function(k) abs(sum(pmax(1:post - k, 0) * l)))) else 0
  v0 <- c(tov(c(w0, rep(0, pre - 1))), l)
  if (pre > 1) B <- rbind(sapply(1:(pre - 1), function(k) tov(replace(rep(0, pre), k + 1, 1))), matrix(0, post, pre - 1))
  half <- function(u) { v <- v0 + if (pre > 1) c(B %*% u) else 0; se <- sqrt(c(v %*% V %*% v)); cv(M * (fixed + sum(abs(u))) / se, level) * se }
  if (pre == 1) { u <- numeric(0) } else {
    Q <- t(B) %*% V %*% B; q <- c(t(B) %*% V %*% v0); pats <- as.matrix(expand.grid(rep(list(c(-1, 0, 1)), pre - 1)))
    lasso <- function(lam) { best <- NULL; bestv <- Inf
      for (i in seq_len(nrow(pats))) { s <- pats[i, ]; u <- rep(0, pre - 1); A <- s != 0
        if (any(A)) { u[A] <- solve(Q[A, A], -q[A] - lam * s[A]); if (any(sign(u[A]) != s[A])) next }
        f <- sum(u * (Q %*% u)) / 2 + sum(q * u) + lam * sum(abs(u)); if (f < bestv) { bestv <- f; best <- u } }
      best }
    top <- max(abs(q)); f <- function(x) half(lasso(top * x))
    grid <- seq(0, 1, length.out = 2001); h <- sapply(grid, f); i <- which.min(h)
    o <- optimize(f, c(grid[max(i - 1, 1)], grid[min(i + 1, 2001)]), tol = 1e-12); u <- lasso(top * if (o$objective < h[i]) o$minimum else grid[i]) }
  v <- v0 + if (pre > 1) c(B %*% u) else 0
  list(M = M, centre = sum(v * beta), half = half(u), weights = v)
}

# ---- relative magnitudes: the conditional test, all vertices of its dual listed
vertices <- function(W) { m <- nrow(W); R <- ncol(W); e1 <- c(1, rep(0, m - 1)); out <- list()
  for (B in combn(R, m, simplify = FALSE)) { S <- W[, B, drop = FALSE]; if (rcond(S) < 1e-12) next
    g <- solve(S, e1); if (all(g >= -1e-12)) { x <- rep(0, R); x[B] <- pmax(g, 0); out[[length(out) + 1]] <- x } }
  unique(do.call(rbind, out)) }
sets <- function(pre, post, Mbar) { out <- list()
  for (s in 0:(pre - 1)) for (sign in c(1, -1)) { mv <- rep(0, pre + post); mv[s + 1] <- -sign * Mbar; if (s + 2 <= pre) mv[s + 2] <- sign * Mbar
    A <- NULL; for (i in (pre + 1):(pre + post)) for (dd in c(1, -1)) { r <- -mv; r[i] <- r[i] + dd; if (i > pre + 1) r[i - 1] <- r[i - 1] - dd; A <- rbind(A, r) }
    out[[length(out) + 1]] <- A }
  out }
prepare <- function(A, beta, V, pre, l) { post <- length(beta) - pre
  y <- c(A %*% beta); Ap <- A[, (pre + 1):(pre + post), drop = FALSE]; slope <- c(Ap %*% l) / sum(l^2); S <- A %*% V %*% t(A)
  N <- if (post > 1) { sv <- svd(matrix(l, 1), nv = post); sv$v[, -1, drop = FALSE] } else NULL
  W <- rbind(sqrt(diag(S)), if (post > 1) t(Ap %*% N)); list(y = y, slope = slope, S = S, vert = vertices(W)) }
tail_p <- function(x, lo, up) { L <- function(z) pnorm(z, lower.tail = FALSE, log.p = TRUE); if (x >= up) return(0)
  exp(L(x) + log1p(-exp(L(up) - L(x))) - L(lo) - log1p(-exp(L(up) - L(lo)))) }
accepts <- function(q, theta, size, lf = Inf) { y <- q$y - theta * q$slope; vals <- c(q$vert %*% y); i <- which.max(vals); eta <- vals[i]
  if (eta > lf) return(FALSE); if (eta <= 1e-12) return(TRUE)
  g <- q$vert[i, ]; vr <- c(g %*% q$S %*% g); if (vr < 1e-20) return(eta <= 1e-9)
  c1 <- c(q$S %*% g) / vr; r <- y - c1 * eta; a <- c(q$vert %*% r); b <- 1 - c(q$vert %*% c1)
  lo <- max(c(-Inf, (a / b)[b > 1e-9])); up <- min(c(Inf, (a / b)[b < -1e-9])); up <- min(up, lf); sd <- sqrt(vr)
  tail_p(eta / sd, lo / sd, up / sd) >= size }
ends <- function(beta, V, pre, l, Mbar, size = .05, lf = NULL) {
  post <- length(beta) - pre; lp <- c(rep(0, pre), l); c0 <- sum(lp * beta); se <- sqrt(c(lp %*% V %*% lp)); Q <- lapply(sets(pre, post, Mbar), prepare, beta, V, pre, l)
  hull <- sapply(seq_along(Q), function(k) { q <- Q[[k]]; f <- if (is.null(lf)) Inf else lf[k]
    g <- c0 + seq(-20, 20, length.out = 2001) * se; ok <- sapply(g, accepts, q = q, size = size, lf = f); if (!any(ok)) return(c(Inf, -Inf))
    i <- range(which(ok)); bis <- function(inn, out) { while (abs(out - inn) > 1e-12 * se) { m <- (inn + out) / 2; if (accepts(q, m, size, f)) inn <- m else out <- m }; inn }
    c(bis(g[i[1]], g[i[1] - 1]), bis(g[i[2]], g[i[2] + 1])) })
  list(Mbar = Mbar, low = min(hull[1, ]), high = max(hull[2, ])) }
leastfav <- function(beta, V, pre, l, Mbar, level = .995, n = 4e5) { set.seed(5); Z <- matrix(rnorm(n / 2 * length(beta)), n / 2) %*% chol(V); Z <- rbind(Z, -Z)
  sapply(sets(pre, length(beta) - pre, Mbar), function(A) { q <- prepare(A, beta, V, pre, l); e <- do.call(pmax, lapply(seq_len(nrow(q$vert)), function(i) c(Z %*% (t(A) %*% q$vert[i, ])))); unname(quantile(e, level)) }) }
one <- function(beta, V, pre, l, Ms, Mbars) { lf <- lapply(Mbars, function(m) leastfav(beta, V, pre, l, m))
  list(beta = beta, V = unname(V), before = pre, target = l, smoothness = lapply(Ms, function(M) flci(beta, V, pre, l, M)),
    conditional = lapply(Mbars, function(m) ends(beta, V, pre, l, m)), least_favourable = Map(function(m, f) list(Mbar = m, quantiles = f), Mbars, lf),
    hybrid = Map(function(m, f) ends(beta, V, pre, l, m, (.05 - .005) / .995, f), Mbars, lf)) }
bb <- c(b); readme <- function(lb, ub, m) Map(function(a, b, c) list(limit = c, low = a, high = b), lb, ub, m)
res <- list(
  medicaid_first = c(one(bb, V, 5, c(1, 0), seq(0, .05, .01), seq(0, 2, .5)), list(
    published_relative = readme(c(0.0287656312125161295, 0.0240018961072586967, 0.0170395140303439552, 0.0082449261437148313, -0.0009161029048571911),
      c(0.06431042392097558, 0.06724195321651863, 0.07200568832177609, 0.07970095272257657, 0.08812909944726285), seq(0, 2, .5)),
    published_smoothness = readme(c(0.025941479027425590, 0.013197025151447349, 0.002856995951433544, -0.007142576403053387, -0.017142576402225745, -0.027142576401398125),
      c(0.06072578637633297, 0.07867074253581530, 0.09071603940652409, 0.10071561176101101, 0.11071561176018338, 0.12071561175935576), seq(0, .05, .01)))),
  medicaid_average = c(one(bb, V, 5, c(.5, .5), c(0, .02), seq(0, 2, .5)), list(
    published_relative = readme(c(0.040530467148813143, 0.032141783195370532, 0.019384317305591758, 0.005824264875491425, -0.008538374094930495),
      c(0.07512256249015431, 0.07981560160559506, 0.09014856148539291, 0.10350149480831350, 0.11724861535515924), seq(0, 2, .5)))),
  benzarti_first = one(bc$betahat, bc$sigma, 4, c(1, 0, 0, 0), seq(0, .3, .1), c(.5, 1, 2)),
  benzarti_average = one(bc$betahat, bc$sigma, 4, rep(.25, 4), c(0, .1), c(.5, 1)))
cat(toJSON(res, digits = I(16), auto_unbox = TRUE, matrix = "rowmajor", pretty = FALSE), "\n")
