/** Every view of the page by its own address, as the small farm shows it. */
export interface View {
  readonly name: string;
  readonly path: string;
}

export const VIEWS: readonly View[] = [
  { name: 'overview', path: '/' },
  { name: 'map', path: '/map' },
  { name: 'clusters', path: '/clusters' },
  { name: 'new-cluster', path: '/clusters/new' },
  { name: 'cluster', path: '/clusters/User.id' },
  { name: 'edit-cluster', path: '/clusters/User.id/edit' },
  { name: 'partition', path: '/partitions/User.id::0' },
  { name: 'timeline', path: '/timeline' },
  { name: 'groups', path: '/groups' },
  { name: 'brakes', path: '/brakes' },
  { name: 'login', path: '/login' },
];
