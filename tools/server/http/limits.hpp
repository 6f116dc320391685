// Every bound of the HTTP side in one place, with its reason (proto/HTTP.md).
#pragma once

#include <chrono>
#include <cstddef>

namespace rollcall::http {

/// Connections at a time; more wait in the kernel until one ends. Each costs a file descriptor and up to
/// `connection_memory_bytes`.
inline constexpr unsigned connections_max = 512;
/// Where the process may not open that many files: what fd_reserve leaves.
inline constexpr unsigned connections_least = 32;
/// Of them from one address: half, so that whoever takes all he may leaves room for others.
inline constexpr unsigned connections_per_address_max = connections_max / 2;
/// From accept, or the end of a response, to the end of a request's headers; and then to the end of its response. Who
/// sends or reads a byte now and then gains nothing by it.
inline constexpr std::chrono::seconds request_time_max{10};
/// Path and query; the longest one that means something has under 100.
inline constexpr std::size_t target_bytes_max = 2048;
/// All headers of a request; browsers send about 600.
inline constexpr std::size_t header_bytes_max = 8192;
/// What a connection holds of a request; whatever does not fit even there ends with a bare 414 or 431.
inline constexpr std::size_t connection_memory_bytes = std::size_t{32} << 10U;
/// Responses that clients have not read, in all: some twenty of the largest. Then there is 503 until they have, but for
/// small ones: a monitor is always answered.
inline constexpr std::size_t unread_bytes_max = std::size_t{32} << 20U;
inline constexpr std::size_t small_body_bytes = std::size_t{32} << 10U;
/// What the kernel keeps of a response, for each connection; by itself it would go up to 4 MiB.
inline constexpr int send_buffer_bytes = 64 << 10;

/// Statuses are taken four times a second, so that a figure is never much older than that.
inline constexpr std::chrono::milliseconds sample_interval{250};
/// Until the first one: the server is about to run.
inline constexpr std::chrono::milliseconds first_sample_interval{10};
/// An older status than this means that the server's loop does not get to run: it is not ready.
inline constexpr std::chrono::seconds status_age_max{2};
/// Joins and leaves that are kept, as many as a status has at most; and how many are given at a time.
inline constexpr std::size_t changes_max = 4096;
inline constexpr std::size_t changes_per_response_max = 500;
inline constexpr std::size_t changes_without_after = 50;
/// Ten minutes, a point a second.
inline constexpr std::size_t history_points_max = 600;
/// A roster is given to all who ask within this time; the server makes no more than one a second anyway.
inline constexpr std::chrono::milliseconds roster_age_fresh{1000};
/// Rosters are kept so long, and so many, for those who read them page by page.
inline constexpr std::chrono::seconds roster_age_max{10};
inline constexpr std::size_t rosters_max = 5;
inline constexpr std::size_t roster_page_default = 500;
inline constexpr std::size_t roster_page_max = 2000;

}  // namespace rollcall::http
